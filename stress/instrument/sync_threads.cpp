// Threads: pthread, std::thread, once. A thread's id is its agent's number and one, for that of
// main() must not be 0.
#include <pthread.h>

#include <memory>
#include <mutex>
#include <thread>

#include "stress/instrument/runtime.h"

using namespace minusone;
using namespace minusone::runtime;

namespace minusone::runtime {

/// What std::thread hands over: the function and its arguments behind a virtual destructor and one
/// virtual function. libstdc++'s own name of it, std::thread::_State, is private from GCC 14 on,
/// but the compiled std::thread::thread() of every program holds this order of virtual functions
/// (Itanium C++ ABI, 2.5.2), so it stays. Not in an unnamed namespace: there the optimiser knows
/// that nobody derives from it, and calls the pure function.
class ThreadState {
 public:
  virtual ~ThreadState() = default;
  virtual void run() = 0;
};

}  // namespace minusone::runtime

namespace {

pthread_t self() { return static_cast<pthread_t>(caller().id) + 1; }

void* run_state(void* argument) {
  const std::unique_ptr<ThreadState> state(static_cast<ThreadState*>(argument));
  state->run();
  return nullptr;
}

/// Runs `body` unless it was done; waits where another agent is at it.
template <class Body>
void once(const void* key, Body body) {
  if (announce(code_of(Action::once_begin), address(key)) == 0) return;
  try {
    body();
  } catch (...) {
    announce(code_of(Action::once_end), address(key), 0);
    throw;
  }
  announce(code_of(Action::once_end), address(key), 1);
}

// Beside the byte that compiled code reads by itself.
const void* key_of(const std::uint64_t* guard) { return reinterpret_cast<const int*>(guard) + 1; }

}  // namespace

std::int64_t minusone::runtime::spawn(const void* function, const void* argument) {
  const auto made = static_cast<std::int64_t>(
      announce(code_of(Action::spawn), address(function), address(argument)));
  return made < 0 ? made : made + 1;
}

std::uint64_t minusone::runtime::join(std::uint64_t thread) {
  return announce(code_of(Action::join), thread - 1);
}

MINUSONE_HOOK int minusone_rt_pthread_create(pthread_t* thread, const pthread_attr_t*,
                                             void* (*function)(void*), void* argument) {
  MINUSONE_CALLED_HERE;
  const auto made = spawn(reinterpret_cast<const void*>(function), argument);
  if (made < 0) return static_cast<int>(-made);
  leave(thread, static_cast<pthread_t>(made));
  return 0;
}
MINUSONE_HOOK int minusone_rt_pthread_join(pthread_t thread, void** result) {
  MINUSONE_CALLED_HERE;
  if (thread == self()) return EDEADLK;
  const std::uint64_t value = join(thread);
  if (result != nullptr) leave(result, reinterpret_cast<void*>(value));
  return 0;
}
MINUSONE_HOOK void minusone_rt_pthread_exit(void* result) { throw ThreadExit{address(result)}; }
MINUSONE_HOOK pthread_t minusone_rt_pthread_self() { return self(); }
MINUSONE_HOOK int minusone_rt_pthread_equal(pthread_t a, pthread_t b) { return a == b; }
MINUSONE_HOOK int minusone_rt_pthread_detach(pthread_t) { return 0; }

MINUSONE_HOOK int minusone_rt_pthread_once(pthread_once_t* control, void (*routine)()) {
  MINUSONE_CALLED_HERE;
  once(control, routine);
  return 0;
}
// What std::call_once hands to pthread_once(): it finds the call in thread-local variables of the
// library, which here are the agent's (libc_misc.cpp).
MINUSONE_HOOK void minusone_rt___once_proxy() {
  reinterpret_cast<void (*)()>(minusone_runtime->current->once[1])();
}

// A function's static variable. The compiled code looks at the first byte by itself.
MINUSONE_HOOK int minusone_rt___cxa_guard_acquire(std::uint64_t* guard) {
  if (minusone_runtime->current == nullptr) return *reinterpret_cast<const char*>(guard) == 0;
  MINUSONE_CALLED_HERE;
  return static_cast<int>(announce(code_of(Action::once_begin), address(key_of(guard))));
}
MINUSONE_HOOK void minusone_rt___cxa_guard_release(std::uint64_t* guard) {
  if (minusone_runtime->current == nullptr) {
    *reinterpret_cast<char*>(guard) = 1;
    return;
  }
  MINUSONE_CALLED_HERE;
  if (is_step(guard)) {
    announce(code_of(Action::atomic_store, 1, __ATOMIC_RELEASE), address(guard), 1);
  } else {
    note_private_write(guard);
    *reinterpret_cast<char*>(guard) = 1;
  }
  announce(code_of(Action::once_end), address(key_of(guard)), 1);
}
MINUSONE_HOOK void minusone_rt___cxa_guard_abort(std::uint64_t* guard) {
  if (minusone_runtime->current == nullptr) return;
  MINUSONE_CALLED_HERE;
  announce(code_of(Action::once_end), address(key_of(guard)), 0);
}

// std::thread: an id, and a state object with the function and its arguments.
MINUSONE_HOOK void
minusone_rt__ZNSt6thread15_M_start_threadESt10unique_ptrINS_6_StateESt14default_deleteIS1_EEPFvvE(
    pthread_t* thread, ThreadState** state, void (*)()) {  // a unique_ptr is one pointer
  MINUSONE_CALLED_HERE;
  const auto made = spawn(reinterpret_cast<const void*>(&run_state), *state);
  if (made < 0) std::__throw_system_error(static_cast<int>(-made));
  *state = nullptr;
  leave(thread, static_cast<pthread_t>(made));
}
MINUSONE_HOOK void minusone_rt__ZNSt6thread4joinEv(pthread_t* thread) {
  MINUSONE_CALLED_HERE;
  read_range(thread, sizeof *thread);
  if (*thread == 0) std::__throw_system_error(EINVAL);
  if (*thread == self()) std::__throw_system_error(EDEADLK);
  join(*thread);
  leave(thread, pthread_t{0});
}
MINUSONE_HOOK void minusone_rt__ZNSt6thread6detachEv(pthread_t* thread) {
  MINUSONE_CALLED_HERE;
  read_range(thread, sizeof *thread);
  if (*thread == 0) std::__throw_system_error(EINVAL);
  leave(thread, pthread_t{0});
}
MINUSONE_HOOK unsigned minusone_rt__ZNSt6thread20hardware_concurrencyEv() { return 2; }
MINUSONE_HOOK void minusone_rt__ZNSt6thread6_StateD2Ev(void*) {}
MINUSONE_HOOK void minusone_rt__ZNSt6thread6_StateD1Ev(void*) {}
