#include "stress/subjects/program_machine.h"

namespace minusone {

ProgramMachine::ProgramMachine(const std::string& path)
    : FiberMachine(false), module_(path, runtime()) {
  void* const entry = module_.symbol("minusone_main");
  if (entry == nullptr) {
    throw ModuleRefused(path + ": has neither a protocol nor a main(): nothing to explore");
  }
  threads_[0].function = reinterpret_cast<std::uint64_t>(entry);
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

int ProgramMachine::add_thread(std::uint64_t function, std::uint64_t argument) {
  ProgramThread& thread = threads_[static_cast<std::size_t>(agents())];
  thread = {function, argument, 0};
  return add_agent(run_program_thread, &thread);
}

std::uint64_t ProgramMachine::thread_result(int agent) const {
  return threads_[static_cast<std::size_t>(agent)].result;
}

std::vector<std::span<const std::byte>> ProgramMachine::globals_of(int) const {
  return {module_.data(), module_.tls()};
}

}  // namespace minusone
