// Threads: pthread, std::thread, <threads.h>. A thread's id is its agent's number and one, for that
// of main() must not be 0.
#include <pthread.h>

#include <memory>
#include <thread>

#include "stress/machine/max_agents.h"
#include "stress/sync/attributes.h"

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

/// Nobody can join it any more.
void detach(pthread_t thread) {
  if (thread > 0 && thread <= max_agents) caller().detached |= only(static_cast<int>(thread) - 1);
}

pthread_t self() { return static_cast<pthread_t>(caller().id) + 1; }

void* run_state(void* argument) {
  const std::unique_ptr<ThreadState> state(static_cast<ThreadState*>(argument));
  state->run();
  return nullptr;
}

}  // namespace

std::int64_t minusone::runtime::spawn(const void* function, const void* argument) {
  const auto made = static_cast<std::int64_t>(
      announce(code_of(Action::spawn), address(function), address(argument)));
  return made < 0 ? made : made + 1;
}

std::uint64_t minusone::runtime::join(std::uint64_t thread) {
  return announce(code_of(Action::join), thread - 1);
}

MINUSONE_HOOK int minusone_rt_pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                                             void* (*function)(void*), void* argument) {
  MINUSONE_CALLED_HERE;
  int state = PTHREAD_CREATE_JOINABLE;
  if (attributes != nullptr) {
    const auto all = held(attributes);
    pthread_attr_getdetachstate(&all, &state);
  }
  const auto made = spawn(reinterpret_cast<const void*>(function), argument);
  if (made < 0) return static_cast<int>(-made);
  if (state == PTHREAD_CREATE_DETACHED) detach(static_cast<pthread_t>(made));
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
MINUSONE_HOOK int minusone_rt_pthread_detach(pthread_t thread) {
  detach(thread);
  return 0;
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
  detach(*thread);
  leave(thread, pthread_t{0});
}
MINUSONE_HOOK unsigned minusone_rt__ZNSt6thread20hardware_concurrencyEv() { return 2; }
MINUSONE_HOOK void minusone_rt__ZNSt6thread6_StateD2Ev(void*) {}
MINUSONE_HOOK void minusone_rt__ZNSt6thread6_StateD1Ev(void*) {}

MINUSONE_HOOK int minusone_rt_thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
  MINUSONE_CALLED_HERE;
  const auto made = spawn(reinterpret_cast<const void*>(function), argument);
  if (made < 0) return thrd_nomem;
  leave(thread, static_cast<thrd_t>(made));
  return thrd_success;
}
MINUSONE_HOOK int minusone_rt_thrd_join(thrd_t thread, int* result) {
  MINUSONE_CALLED_HERE;
  const auto value = join(thread);
  if (result != nullptr) leave(result, static_cast<int>(value));
  return thrd_success;
}
MINUSONE_HOOK void minusone_rt_thrd_exit(int result) {
  throw ThreadExit{static_cast<std::uint64_t>(result)};
}
MINUSONE_HOOK thrd_t minusone_rt_thrd_current() { return static_cast<thrd_t>(caller().id) + 1; }
MINUSONE_HOOK int minusone_rt_thrd_equal(thrd_t a, thrd_t b) { return a == b; }
MINUSONE_HOOK int minusone_rt_thrd_detach(thrd_t thread) {
  detach(static_cast<pthread_t>(thread));
  return thrd_success;
}
MINUSONE_HOOK void minusone_rt_thrd_yield() {}
MINUSONE_HOOK int minusone_rt_thrd_sleep(const timespec*, timespec*) { return 0; }

MINUSONE_ATTRIBUTES_MADE(pthread_attr_t, pthread_attr_init)
MINUSONE_ATTRIBUTES_ENDED(pthread_attr_t, pthread_attr_destroy)
MINUSONE_ATTRIBUTES_SET(pthread_attr_t, pthread_attr_setdetachstate, int)
MINUSONE_ATTRIBUTES_GOT(pthread_attr_t, pthread_attr_getdetachstate, int)
MINUSONE_ATTRIBUTES_SET(pthread_attr_t, pthread_attr_setstacksize, std::size_t)
MINUSONE_ATTRIBUTES_GOT(pthread_attr_t, pthread_attr_getstacksize, std::size_t)
MINUSONE_ATTRIBUTES_SET(pthread_attr_t, pthread_attr_setscope, int)
MINUSONE_ATTRIBUTES_GOT(pthread_attr_t, pthread_attr_getscope, int)
