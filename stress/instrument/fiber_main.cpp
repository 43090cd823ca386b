#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <exception>

#include "stress/instrument/runtime.h"

using namespace minusone;

extern "C" void minusone_fiber_main() {
  Context* const agent = minusone_runtime->current;
  try {
    agent->body(agent->argument);
  } catch (...) {
    runtime::violation("an exception was not caught");
  }
  runtime::announce(code_of(Action::finished));
  __builtin_unreachable();
}

// The system call itself, so that no frame of libc's lies above this one.
extern "C" std::uint64_t minusone_at_step() {
  const Context* const agent = minusone_runtime->current;
  std::uint64_t stopped = SYS_kill;
  asm volatile("syscall"
               : "+a"(stopped)
               : "D"(static_cast<long>(getpid())), "S"(SIGSTOP)
               : "rcx", "r11", "memory");
  return minusone_announce(agent->code, agent->a, agent->b, agent->c, agent->d, agent->e);
}
