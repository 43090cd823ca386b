#pragma once

#include <cstdint>

namespace minusone {

/// What a main() is called with: its name, then what was given behind "--".
struct ProgramArguments {
  int count = 0;
  const char* const* words = nullptr;
};

/// One thread of a whole program: what it runs, and what it returned.
struct ProgramThread {
  std::uint64_t function = 0;
  std::uint64_t argument = 0;
  std::uint64_t result = 0;
  ProgramArguments arguments;  ///< of main()
};

/// A whole program as one of several processes.
struct ProgramMain {
  std::uint64_t function = 0;
  ProgramArguments arguments;
};

/// Runs its main(), and exits with what that returns.
void run_process_main(void* program_main);

/// Bodies, run on fibers. Returning from main(), as any exit(), ends the process; but the others go
/// on as far as they can, as in the tools whose counts we are held against: each execution that C
/// has is a prefix of one in which the exit comes last (FiberMachine::process_exits). A status
/// other than 0 is a violation.
void run_program_main(void* program_thread);
void run_program_thread(void* program_thread);

}  // namespace minusone
