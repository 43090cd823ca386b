#include "stress/subjects/loaded_programs.h"

#include "stress/machine/max_agents.h"

namespace minusone {

ArgumentList::ArgumentList(std::string name, const std::vector<std::string>& arguments) {
  text_.push_back(std::move(name));
  text_.insert(text_.end(), arguments.begin(), arguments.end());
  for (const auto& word : text_) words_.push_back(word.c_str());
}

LoadedPrograms::LoadedPrograms(const std::vector<ProgramSpec>& programs, Runtime& runtime) {
  if (programs.size() >= static_cast<std::size_t>(max_agents)) {
    throw ModuleRefused("the explorer carries at most " + std::to_string(max_agents - 1) +
                        " programs, asked for " + std::to_string(programs.size()));
  }
  arguments_.reserve(programs.size());
  for (const ProgramSpec& program : programs) {
    const auto& module =
        *modules_.emplace_back(std::make_unique<TracedModule>(program.module, runtime));
    void* const entry = module.symbol("minusone_main");
    if (entry == nullptr)
      throw ModuleRefused(program.module + ": has no main(): it is no whole program");
    arguments_.emplace_back(program.name, program.arguments);
    auto& main = mains_.emplace_back();
    main.function = reinterpret_cast<std::uint64_t>(entry);
    main.arguments = arguments_.back().words();
    auto& input = inputs_.emplace_back();
    for (const auto& line : program.input) input += line + '\n';
  }
}

void LoadedPrograms::remember() {
  for (auto& module : modules_) {
    module->begin_tls();
    module->remember();
  }
}

std::vector<OwnedRange> owned_ranges(std::span<const TracedModule* const> modules) {
  std::vector<OwnedRange> all;
  for (const TracedModule* module : modules) {
    all.push_back({{module->base(), module->end() - module->base()}, static_cast<int>(all.size())});
  }
  for (std::size_t owner = 0; owner < modules.size(); ++owner) {
    const auto heap = modules[owner]->load_heap();
    all.push_back(
        {{reinterpret_cast<std::uintptr_t>(heap.data()), heap.size()}, static_cast<int>(owner)});
  }
  return all;
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
