#include "stress/agents/fault.h"

#include <ucontext.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <initializer_list>

#include "stress/instrument/announcement.h"
#include "stress/instrument/runtime.h"

namespace minusone {

namespace {

const char* sentence_of(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "a signal: SIGSEGV, an access outside the segment or through a bad pointer";
    case SIGBUS:
      return "a signal: SIGBUS, an access outside the segment or through a bad pointer";
    case SIGFPE:
      return "a signal: SIGFPE, such as a division by zero";
    case SIGILL:
      return "a signal: SIGILL, such as a trap";
    default:
      return "a signal: SIGABRT";
  }
}

// Leaves the fiber for good: the engine finds an announced violation.
void on_fault(int signal, siginfo_t*, void* where) {
  Context* const agent = minusone_current;
  if (agent == nullptr) {
    std::signal(signal, SIG_DFL);
    return;  // the faulting instruction runs again and ends the program
  }
  agent->code = code_of(Action::violation);
  agent->a = reinterpret_cast<std::uint64_t>(sentence_of(signal));
  agent->b = 0;
  auto& registers = static_cast<ucontext_t*>(where)->uc_mcontext.gregs;
  registers[REG_RSP] = reinterpret_cast<greg_t>(agent->engine_stack);
  registers[REG_RIP] = reinterpret_cast<greg_t>(&minusone_leave);
}

std::terminate_handler previous_terminate = nullptr;

void on_terminate() {
  if (minusone_current != nullptr)
    runtime::violation("std::terminate(): an exception was not caught");
  if (previous_terminate != nullptr) previous_terminate();
  std::abort();
}

}  // namespace

void catch_faults() {
  static bool done = false;
  if (done) return;
  done = true;
  static std::byte signal_stack[64 * 1024];
  stack_t alternate{};
  alternate.ss_sp = signal_stack;
  alternate.ss_size = sizeof(signal_stack);
  sigaltstack(&alternate, nullptr);
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
    sigaction(signal, &action, nullptr);
  }
  previous_terminate = std::set_terminate(on_terminate);
}

}  // namespace minusone
