// What C++'s and C11's libraries make of the same primitives: std::condition_variable, the clocks
// of std::chrono, <threads.h>. Their other classes are templates and inline functions over pthread,
// semaphores and futexes, and so are instrumented code of the module.
#include <pthread.h>
#include <threads.h>

#include <condition_variable>

#include "stress/instrument/runtime.h"

using namespace minusone;
using namespace minusone::runtime;

namespace {

int call(Action action, const void* object, std::uint64_t b = 0, std::uint64_t c = 0) {
  return static_cast<int>(announce(code_of(action), address(object), b, c));
}

/// An errno as <threads.h> has it.
int c11(int error) {
  switch (error) {
    case 0:
      return thrd_success;
    case EBUSY:
      return thrd_busy;
    case ETIMEDOUT:
      return thrd_timedout;
    case ENOMEM:
      return thrd_nomem;
    default:
      return thrd_error;
  }
}

}  // namespace

extern "C" {
int minusone_rt_pthread_cond_wait(pthread_cond_t*, pthread_mutex_t*);
int minusone_rt_pthread_cond_timedwait(pthread_cond_t*, pthread_mutex_t*, const timespec*);
int minusone_rt_pthread_once(pthread_once_t*, void (*)());
}

MINUSONE_HOOK void minusone_rt__ZNSt18condition_variableC1Ev(std::condition_variable* condition) {
  MINUSONE_CALLED_HERE;
  fill(condition, 0, sizeof *condition);
  call(Action::cond_forget, condition);
}
MINUSONE_HOOK void minusone_rt__ZNSt18condition_variableD1Ev(std::condition_variable* condition) {
  MINUSONE_CALLED_HERE;
  call(Action::cond_forget, condition);
}
MINUSONE_HOOK void minusone_rt__ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE(
    std::condition_variable* condition, std::unique_lock<std::mutex>* lock) {
  MINUSONE_CALLED_HERE;
  auto* const mutex = lock->mutex()->native_handle();
  const int refused = call(Action::cond_release, condition, address(mutex));
  if (refused != 0) violation("std::condition_variable::wait() with a mutex that it does not hold");
  call(Action::cond_awake, condition, address(mutex));
}
MINUSONE_HOOK void minusone_rt__ZNSt18condition_variable10notify_oneEv(
    std::condition_variable* condition) {
  MINUSONE_CALLED_HERE;
  call(Action::cond_signal, condition);
}
MINUSONE_HOOK void minusone_rt__ZNSt18condition_variable10notify_allEv(
    std::condition_variable* condition) {
  MINUSONE_CALLED_HERE;
  call(Action::cond_broadcast, condition);
}

// Time stands still.
MINUSONE_HOOK std::int64_t minusone_rt__ZNSt6chrono3_V212steady_clock3nowEv() {
  return now_seconds * 1'000'000'000;
}
MINUSONE_HOOK std::int64_t minusone_rt__ZNSt6chrono3_V212system_clock3nowEv() {
  return now_seconds * 1'000'000'000;
}

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
MINUSONE_HOOK int minusone_rt_thrd_detach(thrd_t) { return thrd_success; }
MINUSONE_HOOK void minusone_rt_thrd_yield() {}
MINUSONE_HOOK int minusone_rt_thrd_sleep(const timespec*, timespec*) { return 0; }

MINUSONE_HOOK int minusone_rt_mtx_init(mtx_t* mutex, int type) {
  MINUSONE_CALLED_HERE;
  const bool recursive = (type & mtx_recursive) != 0;
  return call(Action::mutex_init, mutex,
              recursive ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL);
}
MINUSONE_HOOK void minusone_rt_mtx_destroy(mtx_t* mutex) {
  MINUSONE_CALLED_HERE;
  call(Action::mutex_destroy, mutex);
}
MINUSONE_HOOK int minusone_rt_mtx_lock(mtx_t* mutex) {
  MINUSONE_CALLED_HERE;
  return c11(call(Action::mutex_lock, mutex));
}
MINUSONE_HOOK int minusone_rt_mtx_trylock(mtx_t* mutex) {
  MINUSONE_CALLED_HERE;
  return c11(call(Action::mutex_trylock, mutex));
}
MINUSONE_HOOK int minusone_rt_mtx_timedlock(mtx_t* mutex, const timespec* deadline) {
  MINUSONE_CALLED_HERE;
  return c11(call(Action::mutex_timedlock, mutex, is_past(deadline)));
}
MINUSONE_HOOK int minusone_rt_mtx_unlock(mtx_t* mutex) {
  MINUSONE_CALLED_HERE;
  return c11(call(Action::mutex_unlock, mutex));
}

MINUSONE_HOOK int minusone_rt_cnd_init(cnd_t* condition) {
  MINUSONE_CALLED_HERE;
  return call(Action::cond_forget, condition);
}
MINUSONE_HOOK void minusone_rt_cnd_destroy(cnd_t* condition) {
  MINUSONE_CALLED_HERE;
  call(Action::cond_forget, condition);
}
MINUSONE_HOOK int minusone_rt_cnd_wait(cnd_t* condition, mtx_t* mutex) {
  MINUSONE_CALLED_HERE;
  const int refused = call(Action::cond_release, condition, address(mutex));
  return c11(refused != 0 ? refused : call(Action::cond_awake, condition, address(mutex)));
}
MINUSONE_HOOK int minusone_rt_cnd_timedwait(cnd_t* condition, mtx_t* mutex,
                                            const timespec* deadline) {
  const int result =
      minusone_rt_pthread_cond_timedwait(reinterpret_cast<pthread_cond_t*>(condition),
                                         reinterpret_cast<pthread_mutex_t*>(mutex), deadline);
  return c11(result);
}
MINUSONE_HOOK int minusone_rt_cnd_signal(cnd_t* condition) {
  MINUSONE_CALLED_HERE;
  return c11(call(Action::cond_signal, condition));
}
MINUSONE_HOOK int minusone_rt_cnd_broadcast(cnd_t* condition) {
  MINUSONE_CALLED_HERE;
  return c11(call(Action::cond_broadcast, condition));
}
MINUSONE_HOOK void minusone_rt_call_once(once_flag* flag, void (*routine)()) {
  minusone_rt_pthread_once(reinterpret_cast<pthread_once_t*>(flag), routine);
}
