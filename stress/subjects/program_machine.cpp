#include "stress/subjects/program_machine.h"

#include <filesystem>

namespace minusone {

ProgramMachine::ProgramMachine(const std::string& path, std::size_t max_memory,
                               const std::vector<std::string>& arguments)
    : FiberMachine(false, max_memory),
      module_(path, runtime()),
      arguments_(std::filesystem::path(path).stem(), arguments) {
  void* const entry = module_.symbol("minusone_main");
  if (entry == nullptr) {
    throw ModuleRefused(path + ": has neither a protocol nor a main(): nothing to explore");
  }
  threads_[0].function = reinterpret_cast<std::uint64_t>(entry);
  threads_[0].arguments = arguments_.words();
  share(module_.data());
  module_.remember();
  separate_tls(module_.tls_module(), module_.tls_start());
  remember();
}

void ProgramMachine::begin() {
  // All of it, for what the language's own run-time writes there without a step.
  module_.restart();
  add_agent(run_program_main, &threads_[0]);
}

void ProgramMachine::add_thread(int number, std::uint64_t function, std::uint64_t argument) {
  ProgramThread& thread = threads_[static_cast<std::size_t>(number)];
  thread = {function, argument, 0, {}};
  add_agent(run_program_thread, &thread, number);
}

std::uint64_t ProgramMachine::thread_result(int agent) const {
  return threads_[static_cast<std::size_t>(agent)].result;
}

std::vector<std::span<const std::byte>> ProgramMachine::globals_of(int) const {
  return {module_.data(), module_.tls()};
}

}  // namespace minusone
