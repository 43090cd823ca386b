#include "stress/agents/programs_machine.h"

#include <algorithm>
#include <cstring>

namespace minusone {

namespace {

constexpr std::size_t most_printed = 16 * 1024;  // bytes of strings that one program prints

}  // namespace

ProgramsMachine::ProgramsMachine(const std::vector<ProgramSpec>& programs)
    : FiberMachine(true), room_(room, 4096) {
  if (programs.size() >= static_cast<std::size_t>(max_agents)) {
    throw ModuleRefused("the explorer carries at most " + std::to_string(max_agents - 1) +
                        " programs, asked for " + std::to_string(programs.size()));
  }
  names_.reserve(programs.size());
  for (const ProgramSpec& program : programs) {
    const auto& module = *modules_.emplace_back(std::make_unique<TracedModule>(program.module));
    void* const entry = module.symbol("minusone_main");
    if (entry == nullptr)
      throw ModuleRefused(program.module + ": has no main(): it is no whole program");
    names_.push_back(program.name);
    auto& main = mains_.emplace_back();
    main.function = reinterpret_cast<std::uint64_t>(entry);
    main.arguments[0] = names_.back().data();
    auto& input = inputs_.emplace_back();
    for (const auto& line : program.input) input += line + '\n';
    printed_.emplace_back(most_printed);
  }
  let_exits_fail();
  share(room_.bytes());
  for (auto& module : modules_) module->remember();
  remember();
}

void ProgramsMachine::begin() {
  for (std::size_t i = 0; i < modules_.size(); ++i) {
    modules_[i]->restart();
    Context& context = context_of(add_agent(run_process_main, &mains_[i]));
    context.input = inputs_[i].c_str();
    context.printed = {printed_[i].data(), 0, printed_[i].size()};
  }
}

std::vector<std::string_view> ProgramsMachine::printed(int agent) const {
  std::vector<std::string_view> strings;
  const auto& printed = context_of(agent).printed;
  for (std::size_t at = 0; at < printed.bytes;) {
    strings.emplace_back(printed.at + at);
    at += strings.back().size() + 1;
  }
  return strings;
}

std::size_t ProgramsMachine::lines_read(int agent) const {
  const char* const start = inputs_[static_cast<std::size_t>(agent)].c_str();
  return static_cast<std::size_t>(std::count(start, context_of(agent).input, '\n'));
}

bool ProgramsMachine::waits_for_input(int agent) const {
  return context_of(agent).action() == Action::input_ends;
}

int ProgramsMachine::exit_status(int agent) const {
  const Context& context = context_of(agent);
  return context.action() == Action::finished && context.b == 1 ? static_cast<int>(context.a) : 0;
}

bool ProgramsMachine::is_in_memory(std::string_view text) const {
  const auto memory = room_.bytes();
  return memmem(memory.data(), memory.size(), text.data(), text.size()) != nullptr;
}

std::vector<std::span<const std::byte>> ProgramsMachine::globals_of(int agent) const {
  return {module_of(agent).data(), module_of(agent).tls()};
}

}  // namespace minusone
