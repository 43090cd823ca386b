// Runs on fibers, between calls of traced code: built without sanitizers, like the runtime.
#include "stress/subjects/program_agent.h"

#include "stress/instrument/runtime.h"

namespace minusone {
namespace {

std::size_t room_for(const ProgramArguments& arguments) {
  std::size_t bytes = sizeof(char*) * static_cast<std::size_t>(arguments.count + 1);
  for (int i = 0; i < arguments.count; ++i) bytes += __builtin_strlen(arguments.words[i]) + 1;
  return bytes;
}

/// As the kernel lays them out above main()'s frame: they are the program's own, to be written too
/// (C11, 5.1.2.2.1).
char** lay_out(const ProgramArguments& arguments, void* room) {
  auto** const words = static_cast<char**>(room);
  auto* text = reinterpret_cast<char*>(words + arguments.count + 1);
  for (int i = 0; i < arguments.count; ++i) {
    words[i] = text;
    for (const char* from = arguments.words[i]; (*text++ = *from++) != 0;) {
    }
  }
  words[arguments.count] = nullptr;
  return words;
}

}  // namespace

void run_program_main(void* argument) {
  auto& thread = *static_cast<ProgramThread*>(argument);
  char** const words = lay_out(thread.arguments, __builtin_alloca(room_for(thread.arguments)));
  int status = 0;
  try {
    status = reinterpret_cast<int (*)(int, char**)>(thread.function)(thread.arguments.count, words);
  } catch (const runtime::ThreadExit&) {
    return;
  }
  runtime::announce(code_of(Action::finished), static_cast<std::uint64_t>(status & 0xff), 2);
}

void run_process_main(void* argument) {
  auto& program = *static_cast<ProgramMain*>(argument);
  char** const words = lay_out(program.arguments, __builtin_alloca(room_for(program.arguments)));
  const int status =
      reinterpret_cast<int (*)(int, char**)>(program.function)(program.arguments.count, words);
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
