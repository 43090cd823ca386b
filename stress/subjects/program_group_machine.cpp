#include "stress/subjects/program_group_machine.h"

#include <algorithm>
#include <cstring>

namespace minusone {

ProgramGroupMachine::ProgramGroupMachine(const std::vector<ProgramSpec>& programs,
                                         std::size_t max_memory)
    : FiberMachine(true, max_memory),
      views_(LoadedPrograms::room, static_cast<int>(programs.size()) + 1),
      programs_(programs, runtime()) {
  for (int i = 0; i < programs_.count(); ++i) printed_.emplace_back(LoadedPrograms::most_printed);
  let_exits_fail();
  let_held_rest(false);
  share(views_.view(0));
  share_at_own_places(views_);
  programs_.remember();
  remember();
  std::vector<const TracedModule*> modules;
  for (int i = 0; i < programs_.count(); ++i) modules.push_back(&programs_.module(i));
  auto ranges = owned_ranges(modules);
  for (int i = 0; i < programs_.count(); ++i) {
    const auto view = views_.view(i + 1);
    ranges.push_back({{reinterpret_cast<std::uintptr_t>(view.data()), view.size()}, i});
  }
  own(std::move(ranges));
}

void ProgramGroupMachine::begin() {
  for (int i = 0; i < programs_.count(); ++i) {
    programs_.module(i).restart();
    Context& context = context_of(add_agent(run_process_main, programs_.main(i)));
    context.input = programs_.input(i);
    auto& printed = printed_[static_cast<std::size_t>(i)];
    context.printed = {printed.data(), 0, printed.size()};
  }
}

// Until a program forks its memory is as it is told here.
std::vector<std::span<std::byte>> ProgramGroupMachine::own_memory(int program) {
  TracedModule& module = programs_.module(program);
  return {module.data(), module.load_heap(), module.tls()};
}

void ProgramGroupMachine::begin_forked(int agent) {
  const auto number = static_cast<std::size_t>(agent);
  while (printed_.size() <= number) printed_.emplace_back(LoadedPrograms::most_printed);
  context_of(agent).printed = {printed_[number].data(), 0, printed_[number].size()};
}

std::vector<std::string_view> ProgramGroupMachine::printed(int agent) const {
  const auto& printed = context_of(agent).printed;
  return strings_in(printed.at, printed.bytes);
}

std::size_t ProgramGroupMachine::lines_read(int agent) const {
  return static_cast<std::size_t>(
      std::count(programs_.input(program_of(agent)), context_of(agent).input, '\n'));
}

bool ProgramGroupMachine::had_read_a_line(int step) const {
  const Context& before = context_before(step);
  return before.input != programs_.input(before.program);
}

bool ProgramGroupMachine::waits_for_input(int agent) const {
  return context_of(agent).action() == Action::input_ends;
}

int ProgramGroupMachine::exit_status(int agent) const {
  const Context& context = context_of(agent);
  return context.action() == Action::finished && context.b == 1 ? static_cast<int>(context.a) : 0;
}

bool ProgramGroupMachine::is_in_memory(std::string_view text) const {
  const auto memory = views_.view(0);
  return memmem(memory.data(), memory.size(), text.data(), text.size()) != nullptr;
}

std::vector<std::span<const std::byte>> ProgramGroupMachine::globals_of(int agent) const {
  return {module_of(agent).data(), module_of(agent).tls()};
}

}  // namespace minusone
