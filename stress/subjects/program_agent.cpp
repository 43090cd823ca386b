// Runs on fibers, between calls of traced code: built without sanitizers, like the runtime.
#include "stress/subjects/program_agent.h"

#include "stress/instrument/runtime.h"

namespace minusone {

void run_program_main(void* argument) {
  auto& thread = *static_cast<ProgramThread*>(argument);
  int status = 0;
  try {
    status = reinterpret_cast<int (*)(int, char**)>(thread.function)(0, nullptr);
  } catch (const runtime::ThreadExit&) {
    return;
  }
  runtime::announce(code_of(Action::finished), static_cast<std::uint64_t>(status & 0xff), 2);
}

void run_process_main(void* argument) {
  auto& program = *static_cast<ProgramMain*>(argument);
  const int status = reinterpret_cast<int (*)(int, char**)>(program.function)(1, program.arguments);
  runtime::announce(code_of(Action::finished), static_cast<unsigned>(status), 1);
}

void run_program_thread(void* argument) {
  auto& thread = *static_cast<ProgramThread*>(argument);
  try {
    thread.result =
        reinterpret_cast<std::uint64_t (*)(std::uint64_t)>(thread.function)(thread.argument);
  } catch (const runtime::ThreadExit& exit) {
    thread.result = exit.result;
  }
}

}  // namespace minusone
