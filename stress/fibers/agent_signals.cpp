#include "stress/fibers/agent_signals.h"

#include <ucontext.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <initializer_list>
#include <iterator>
#include <system_error>

#include "stress/instrument/announcement.h"
#include "stress/instrument/runtime.h"
#include "stress/machine/end_of_work.h"

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
    case SIGTRAP:
      return "a signal: SIGTRAP, a breakpoint";
    default:
      return "a signal: SIGABRT";
  }
}

// Leaves the fiber for good: the engine finds an announced violation.
void leave_with(const char* sentence, ViolationCause fault, Context& agent, mcontext_t& machine) {
  agent.code = code_of(Action::violation);
  agent.a = reinterpret_cast<std::uint64_t>(sentence);
  agent.b = static_cast<std::uint64_t>(fault);
  machine.gregs[REG_RSP] = reinterpret_cast<greg_t>(agent.engine_stack);
  machine.gregs[REG_RIP] = reinterpret_cast<greg_t>(&minusone_leave);
}

void on_fault(int signal, siginfo_t*, void* where) {
  Context* const agent = minusone_runtime->current;
  if (agent == nullptr && minusone_runtime->loading.in_constructors)
    runtime::end_loading(sentence_of(signal));
  if (agent == nullptr) {
    std::signal(signal, SIG_DFL);
    return;  // the faulting instruction runs again and ends the program
  }
  leave_with(sentence_of(signal), ViolationCause::other, *agent,
             static_cast<ucontext_t*>(where)->uc_mcontext);
}

/// Of the flags: execute one instruction, then trap (Intel SDM vol. 3, 17.3.1.4).
constexpr greg_t trap_flag = 1 << 8;
/// The flags that tell of the last result: carry, parity, adjust, zero, sign, direction, overflow.
constexpr greg_t of_result = 0xcd5;

/// Everything by which an agent that has not announced a step could go on in another way: registers
/// and stack. Other memory that it writes is noted by the hooks as a private effect.
std::uint64_t digest_of(const Context& agent, const mcontext_t& machine) {
  std::uint64_t digest = 0;
  const auto mix = [&](const void* from, const void* to) {
    for (auto* at = static_cast<const unsigned char*>(from); at < to; ++at)
      digest = (digest ^ *at) * 0x100000001b3;  // FNV-1a
  };
  mix(machine.gregs, machine.gregs + REG_RIP + 1);
  const greg_t flags = machine.gregs[REG_EFL] & of_result;
  mix(&flags, &flags + 1);
  mix(machine.fpregs->_xmm, std::end(machine.fpregs->_xmm));
  // Of a deep recursion's stack byte by byte would take longer than the time between two looks.
  const auto* at = reinterpret_cast<const std::byte*>(machine.gregs[REG_RSP]);
  for (std::uint64_t word = 0; agent.stack_high - at >= 8; at += sizeof word) {
    std::memcpy(&word, at, sizeof word);
    digest = (digest ^ word) * 0x9e3779b97f4a7c15u;
    digest ^= digest >> 32;
  }
  mix(at, agent.stack_high);
  return digest;
}

double seconds_of_cpu() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

void on_trap(int signal, siginfo_t* info, void* where) {
  if (info->si_code != TRAP_TRACE) return on_fault(signal, info, where);
  static_cast<ucontext_t*>(where)->uc_mcontext.gregs[REG_EFL] &= ~trap_flag;
  minusone_runtime->watch.went_on = true;
}

/// CPU time without a step, after which an agent is ended when the work is over.
constexpr double most_seconds_behind_the_end = 0.25;

/// A constructor that never comes back ends the loading.
void look_at_loading(double most_seconds) {
  static double began = 0;
  if (!minusone_runtime->loading.in_constructors) {
    began = 0;
    return;
  }
  const double now = seconds_of_cpu();
  if (began == 0) began = now;
  if (now - began > most_seconds)
    runtime::end_loading("it ran for 10 s, and is taken for an endless loop");
  if (now - began > most_seconds_behind_the_end && work_is_over())
    runtime::end_loading("it had not come to its end when the work was over");
}

// An agent in a loop without a step never comes back by itself. The same state twice, and an
// instruction between, is proof that it goes round for ever, whatever the others do; the states are
// compared with those at powers of two (Brent, "An improved Monte Carlo factorization algorithm",
// 1980), so that any period is found.
void on_tick(int, siginfo_t*, void* where) {
  constexpr double most_seconds = 10;
  Context* const agent = minusone_runtime->current;
  if (agent == nullptr) return look_at_loading(most_seconds);
  LoopWatch& watch = minusone_runtime->watch;
  auto& machine = static_cast<ucontext_t*>(where)->uc_mcontext;
  const auto stack = static_cast<std::uint64_t>(machine.gregs[REG_RSP]);
  if (stack < reinterpret_cast<std::uint64_t>(agent->stack_low) ||
      stack >= reinterpret_cast<std::uint64_t>(agent->stack_high)) {
    return;  // on its way in or out
  }
  if (watch.looked_at != watch.resumes) {
    watch.looked_at = watch.resumes;
    watch.ticks = 0;
    watch.began = seconds_of_cpu();
  }
  const auto digest = digest_of(*agent, machine);
  if (watch.ticks > 0 && watch.went_on && digest == watch.reference && !agent->private_effect) {
    return leave_with(
        "goes round a loop without a step for ever: nothing that others do can end it",
        ViolationCause::hangs, *agent, machine);
  }
  const double ran = seconds_of_cpu() - watch.began;
  if (ran > most_seconds_behind_the_end && work_is_over())
    return leave_with("", ViolationCause::over, *agent, machine);
  if (ran > most_seconds) {
    return leave_with("ran for 10 s without a step, and is taken for an endless loop",
                      ViolationCause::hangs, *agent, machine);
  }
  if ((watch.ticks & (watch.ticks - 1)) == 0) {
    watch.reference = digest;
    watch.went_on = false;
    machine.gregs[REG_EFL] |= trap_flag;
  }
  ++watch.ticks;
}

std::terminate_handler previous_terminate = nullptr;
/// Where this thread's signals are handled: the agent's own stack may be what has no room left.
class SignalStack {
 public:
  SignalStack() {
    stack_t alternate{};
    alternate.ss_sp = memory_;
    alternate.ss_size = sizeof memory_;
    sigaltstack(&alternate, nullptr);
  }
  ~SignalStack() {
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    sigaltstack(&none, nullptr);
  }

 private:
  std::byte memory_[64 * 1024];
};

/// The timer that all of a thread's watches share.
struct WatchTimer {
  int watches = 0;
  timer_t timer{};
};
thread_local WatchTimer watch_timer;

void on_terminate() {
  if (minusone_runtime->current != nullptr)
    runtime::violation("std::terminate(): an exception was not caught");
  if (previous_terminate != nullptr) previous_terminate();
  std::abort();
}

}  // namespace

void catch_faults() {
  thread_local SignalStack here;
  static const bool installed = [] {
    struct sigaction action {};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
      sigaction(signal, &action, nullptr);
    }
    previous_terminate = std::set_terminate(on_terminate);
    action.sa_sigaction = on_trap;
    sigaction(SIGTRAP, &action, nullptr);
    action.sa_sigaction = on_tick;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    sigaction(SIGVTALRM, &action, nullptr);
    return true;
  }();
  (void)here, (void)installed;
}

HangWatch::HangWatch() {
  catch_faults();  // the first tick may come before the next line, and unhandled it ends us
  if (watch_timer.watches++ > 0) return;
  sigevent to_this_thread{};
  to_this_thread.sigev_notify = SIGEV_THREAD_ID;
  to_this_thread.sigev_signo = SIGVTALRM;
  to_this_thread._sigev_un._tid = gettid();  // timer_create(2); glibc 2.36 has no name for it
  if (timer_create(CLOCK_THREAD_CPUTIME_ID, &to_this_thread, &watch_timer.timer) != 0)
    throw std::system_error(errno, std::generic_category(), "timer_create");
  const itimerspec every{{0, 5'000'000}, {0, 5'000'000}};
  timer_settime(watch_timer.timer, 0, &every, nullptr);
}

HangWatch::~HangWatch() {
  if (--watch_timer.watches == 0) timer_delete(watch_timer.timer);
}

}  // namespace minusone
