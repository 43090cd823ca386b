#include "stress/subjects/loaded_programs.h"

#include "stress/machine/max_agents.h"

namespace minusone {

LoadedPrograms::LoadedPrograms(const std::vector<ProgramSpec>& programs, Runtime& runtime) {
  if (programs.size() >= static_cast<std::size_t>(max_agents)) {
    throw ModuleRefused("the explorer carries at most " + std::to_string(max_agents - 1) +
                        " programs, asked for " + std::to_string(programs.size()));
  }
  names_.reserve(programs.size());
  for (const ProgramSpec& program : programs) {
    const auto& module =
        *modules_.emplace_back(std::make_unique<TracedModule>(program.module, runtime));
    void* const entry = module.symbol("minusone_main");
    if (entry == nullptr)
      throw ModuleRefused(program.module + ": has no main(): it is no whole program");
    names_.push_back(program.name);
    auto& main = mains_.emplace_back();
    main.function = reinterpret_cast<std::uint64_t>(entry);
    main.arguments[0] = names_.back().data();
    auto& input = inputs_.emplace_back();
    for (const auto& line : program.input) input += line + '\n';
  }
}

void LoadedPrograms::remember() {
  for (auto& module : modules_) module->remember();
}

std::vector<std::string_view> strings_in(const char* buffer, std::size_t bytes) {
  std::vector<std::string_view> strings;
  for (std::size_t at = 0; at < bytes;) {
    strings.emplace_back(buffer + at);
    at += strings.back().size() + 1;
  }
  return strings;
}

}  // namespace minusone
