// Time, chance, names of processes, and waits that are no steps.
//
// Time stands still: a deadline in the future never comes, so timeouts do not fire. A yield or a
// sleep is no step, because it changes nothing: a loop around one is closed by the reads in it.
#include <sched.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdlib>
#include <ctime>
#include <mutex>

#include "stress/instrument/runtime.h"

using namespace minusone;
using namespace minusone::runtime;

namespace {

constexpr std::time_t started = now_seconds;  // 2001-09-09, any fixed second will do

std::uint32_t next_random() {
  if (const int values = minusone_runtime->chosen.of_rand; values > 0)
    return static_cast<std::uint32_t>(choose(0, values - 1, ChosenFor::random)) << 1;
  // Numerical Recipes' linear congruence; per agent and restarted with each execution.
  std::uint32_t& state = caller().random;
  caller().private_effect = true;
  state = state * 1664525u + 1013904223u;
  return state;
}

}  // namespace

// Shared pointers and others of the library leave their atomic accesses out while a process has one
// thread. This one, with its fibers, only seems to.
extern "C" {
__attribute__((visibility("default"), used)) char minusone_rt___libc_single_threaded = 0;
}

// Thread-local variables of a module that agents share lie on each agent's stack
// (fiber_machine.cpp); what std::call_once hands over in thread-local variables of the library, in
// its Context.
struct TlsIndex {
  std::size_t module;
  std::size_t offset;
};
extern "C" void* __tls_get_addr(TlsIndex*);
MINUSONE_HOOK void* minusone_rt___tls_get_addr(TlsIndex* index) {
  Context* const agent = minusone_runtime->current;
  if (agent != nullptr && agent->tls != nullptr && index->module == agent->tls_module)
    return agent->tls + index->offset;
  void* const real = __tls_get_addr(index);
  if (agent == nullptr) return real;
  if (real == static_cast<void*>(&std::__once_callable)) return &agent->once[0];
  if (real == static_cast<void*>(&std::__once_call)) return &agent->once[1];
  return real;
}

MINUSONE_HOOK int minusone_rt_sched_yield() { return 0; }
MINUSONE_HOOK int minusone_rt_pthread_yield() { return 0; }
MINUSONE_HOOK int minusone_rt_usleep(useconds_t) { return 0; }
MINUSONE_HOOK unsigned minusone_rt_sleep(unsigned) { return 0; }
// Of no files it is the sleep of old.
MINUSONE_HOOK int minusone_rt_poll(void*, unsigned long files, int time) {
  if (files > 0 || time < 0)
    not_modelled("poll() of files is not modelled: only of none, which sleeps for a time");
  return 0;
}
MINUSONE_HOOK int minusone_rt_nanosleep(const timespec* time, timespec*) {
  MINUSONE_CALLED_HERE;
  read_range(time, sizeof *time);
  return 0;
}
MINUSONE_HOOK int minusone_rt_clock_nanosleep(clockid_t, int, const timespec* time, timespec*) {
  return minusone_rt_nanosleep(time, nullptr);
}

MINUSONE_HOOK int minusone_rt_clock_gettime(clockid_t, timespec* now) {
  MINUSONE_CALLED_HERE;
  leave(now, timespec{started, 0});
  return 0;
}
MINUSONE_HOOK int minusone_rt_timespec_get(timespec* now, int base) {
  MINUSONE_CALLED_HERE;
  leave(now, timespec{started, 0});
  return base;
}
MINUSONE_HOOK int minusone_rt_gettimeofday(timeval* now, void*) {
  MINUSONE_CALLED_HERE;
  leave(now, timeval{started, 0});
  return 0;
}
MINUSONE_HOOK std::time_t minusone_rt_time(std::time_t* now) {
  MINUSONE_CALLED_HERE;
  if (now != nullptr) leave(now, std::time_t{started});
  return started;
}
MINUSONE_HOOK std::clock_t minusone_rt_clock() { return 0; }
MINUSONE_HOOK std::int64_t minusone_rt__ZNSt6chrono3_V212steady_clock3nowEv() {
  return now_seconds * 1'000'000'000;
}
MINUSONE_HOOK std::int64_t minusone_rt__ZNSt6chrono3_V212system_clock3nowEv() {
  return now_seconds * 1'000'000'000;
}

MINUSONE_HOOK int minusone_rt_rand() {
  MINUSONE_CALLED_HERE;
  return static_cast<int>(next_random() >> 1);
}
MINUSONE_HOOK long minusone_rt_random() {
  MINUSONE_CALLED_HERE;
  return static_cast<long>(next_random() >> 1);
}
MINUSONE_HOOK void minusone_rt_srand(unsigned seed) {
  caller().private_effect = true;
  caller().random = seed;
}
MINUSONE_HOOK void minusone_rt_srandom(unsigned seed) { minusone_rt_srand(seed); }
MINUSONE_HOOK int minusone_rt_rand_r(unsigned* state) {
  MINUSONE_CALLED_HERE;
  unsigned now = 0;
  copy(&now, state, sizeof now);
  now = now * 1664525u + 1013904223u;
  leave(state, now);
  return static_cast<int>(now >> 1);
}

MINUSONE_HOOK pid_t minusone_rt_getpid() { return process_of(caller().id); }
MINUSONE_HOOK pid_t minusone_rt_gettid() { return 4'000'000 + caller().id; }

MINUSONE_HOOK long minusone_rt_syscall(long number, ...) {
  MINUSONE_CALLED_HERE;
  va_list arguments;
  va_start(arguments, number);
  unsigned long values[6];
  for (unsigned long& value : values) value = va_arg(arguments, unsigned long);
  va_end(arguments);
  switch (number) {
    case SYS_futex:
      return futex(
          reinterpret_cast<std::uint32_t*>(values[0]), static_cast<int>(values[1]),
          static_cast<std::uint32_t>(values[2]), reinterpret_cast<const timespec*>(values[3]),
          reinterpret_cast<std::uint32_t*>(values[4]), static_cast<std::uint32_t>(values[5]));
    case SYS_sched_yield:
      return 0;
    case SYS_getpid:
      return minusone_rt_getpid();
    case SYS_gettid:
      return minusone_rt_gettid();
    default:
      not_modelled("a system call that is not modelled: syscall() knows futex, yield and ids");
  }
}

MINUSONE_HOOK void minusone_rt___assert_fail(const char* text, const char*, unsigned, const char*) {
  MINUSONE_CALLED_HERE;
  // The text lies in the module, which outlives the execution.
  announce(code_of(Action::violation), address(text),
           static_cast<std::uint64_t>(ViolationCause::assertion));
}
MINUSONE_HOOK void minusone_rt_abort() {
  MINUSONE_CALLED_HERE;
  violation("abort() was called");
}
// Destructors of globals and statics are not run: executions end before them.
MINUSONE_HOOK int minusone_rt___cxa_atexit(void (*)(void*), void*, void*) { return 0; }
#define EXIT(name)                                                                     \
  MINUSONE_HOOK void minusone_rt_##name(int status) {                                  \
    MINUSONE_CALLED_HERE;                                                              \
    announce(code_of(Action::finished), static_cast<std::uint64_t>(status & 0xff), 1); \
  }
EXIT(exit)
EXIT(_exit)
EXIT(_Exit)
EXIT(quick_exit)
// What verification programs call where they must not come.
MINUSONE_HOOK void minusone_rt___VERIFIER_error() {
  MINUSONE_CALLED_HERE;
  violation("__VERIFIER_error() was reached");
}
MINUSONE_HOOK void minusone_rt_reach_error() {
  MINUSONE_CALLED_HERE;
  violation("reach_error() was reached");
}
MINUSONE_HOOK void minusone_rt___VERIFIER_assume(int holds) {
  if (holds) return;
  MINUSONE_CALLED_HERE;
  announce(code_of(Action::assume_failed));
}
MINUSONE_HOOK void minusone_rt__ZSt9terminatev() {
  MINUSONE_CALLED_HERE;
  violation("std::terminate() was called");
}
