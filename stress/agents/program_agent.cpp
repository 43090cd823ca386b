// Runs on fibers, between calls of traced code: built without sanitizers, like the runtime.
#include "stress/agents/program_agent.h"

#include "stress/instrument/runtime.h"

namespace minusone {

void run_program_main(void* argument) {
  auto& thread = *static_cast<ProgramThread*>(argument);
  const int status = reinterpret_cast<int (*)(int, char**)>(thread.function)(0, nullptr);
  if (status != 0) runtime::announce(code_of(Action::finished), static_cast<unsigned>(status), 1);
}

void run_process_main(void* argument) {
  auto& program = *static_cast<ProgramMain*>(argument);
  const int status = reinterpret_cast<int (*)(int, char**)>(program.function)(1, program.arguments);
  runtime::announce(code_of(Action::finished), static_cast<unsigned>(status), 1);
}

void run_program_thread(void* argument) {
  auto& thread = *static_cast<ProgramThread*>(argument);
  thread.result =
      reinterpret_cast<std::uint64_t (*)(std::uint64_t)>(thread.function)(thread.argument);
}

}  // namespace minusone
