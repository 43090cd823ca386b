// Condition variables: pthread's, std::condition_variable, those of <threads.h>.
// std::condition_variable_any and the like are templates and inline functions over these, and so
// are instrumented code of the module.
#include <pthread.h>

#include <condition_variable>

#include "stress/sync/attributes.h"

using namespace minusone;
using namespace minusone::runtime;

namespace {

// A deadline that has passed already is told apart by the model; one in the future never comes.
int wait_until(pthread_cond_t* condition, pthread_mutex_t* mutex, const timespec* deadline) {
  if (!is_time(deadline)) return EINVAL;
  const std::uint64_t past = is_past(deadline);
  const int refused = call(Action::cond_release, condition, address(mutex), past);
  if (refused != 0) return refused;
  if (past == 0)
    return call(Action::cond_awake, condition, address(mutex),
                static_cast<std::uint64_t>(TimeLimit::future));
  const int locked = call(Action::mutex_lock, mutex);
  return locked != 0 ? locked : ETIMEDOUT;
}

}  // namespace

MINUSONE_HOOK int minusone_rt_pthread_cond_init(pthread_cond_t* condition,
                                                const pthread_condattr_t* attributes) {
  MINUSONE_CALLED_HERE;
  int shared = PTHREAD_PROCESS_PRIVATE;
  if (attributes != nullptr) {
    const auto all = held(attributes);
    pthread_condattr_getpshared(&all, &shared);
  }
  return call(Action::cond_init, condition, shared == PTHREAD_PROCESS_SHARED);
}
MINUSONE_HOOK int minusone_rt_pthread_cond_destroy(pthread_cond_t* condition) {
  MINUSONE_CALLED_HERE;
  return call(Action::cond_destroy, condition);
}
MINUSONE_HOOK int minusone_rt_pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  MINUSONE_CALLED_HERE;
  const int refused = call(Action::cond_release, condition, address(mutex));
  return refused != 0 ? refused : call(Action::cond_awake, condition, address(mutex));
}
MINUSONE_HOOK int minusone_rt_pthread_cond_timedwait(pthread_cond_t* condition,
                                                     pthread_mutex_t* mutex,
                                                     const timespec* deadline) {
  MINUSONE_CALLED_HERE;
  return wait_until(condition, mutex, deadline);
}
MINUSONE_HOOK int minusone_rt_pthread_cond_clockwait(pthread_cond_t* condition,
                                                     pthread_mutex_t* mutex, clockid_t clock,
                                                     const timespec* deadline) {
  MINUSONE_CALLED_HERE;
  if (!is_clock(clock)) return EINVAL;
  return wait_until(condition, mutex, deadline);
}
MINUSONE_HOOK int minusone_rt_pthread_cond_signal(pthread_cond_t* condition) {
  MINUSONE_CALLED_HERE;
  return call(Action::cond_signal, condition);
}
MINUSONE_HOOK int minusone_rt_pthread_cond_broadcast(pthread_cond_t* condition) {
  MINUSONE_CALLED_HERE;
  return call(Action::cond_broadcast, condition);
}

MINUSONE_HOOK void minusone_rt__ZNSt18condition_variableC1Ev(std::condition_variable* condition) {
  MINUSONE_CALLED_HERE;
  fill(condition, 0, sizeof *condition);
  call(Action::cond_init, condition);
}
MINUSONE_HOOK void minusone_rt__ZNSt18condition_variableD1Ev(std::condition_variable* condition) {
  MINUSONE_CALLED_HERE;
  call(Action::cond_destroy, condition);
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

MINUSONE_HOOK int minusone_rt_cnd_init(cnd_t* condition) {
  MINUSONE_CALLED_HERE;
  return call(Action::cond_init, condition);
}
MINUSONE_HOOK void minusone_rt_cnd_destroy(cnd_t* condition) {
  MINUSONE_CALLED_HERE;
  call(Action::cond_destroy, condition);
}
MINUSONE_HOOK int minusone_rt_cnd_wait(cnd_t* condition, mtx_t* mutex) {
  MINUSONE_CALLED_HERE;
  const int refused = call(Action::cond_release, condition, address(mutex));
  return c11(refused != 0 ? refused : call(Action::cond_awake, condition, address(mutex)));
}
MINUSONE_HOOK int minusone_rt_cnd_timedwait(cnd_t* condition, mtx_t* mutex,
                                            const timespec* deadline) {
  MINUSONE_CALLED_HERE;
  return c11(wait_until(reinterpret_cast<pthread_cond_t*>(condition),
                        reinterpret_cast<pthread_mutex_t*>(mutex), deadline));
}
MINUSONE_HOOK int minusone_rt_cnd_signal(cnd_t* condition) {
  MINUSONE_CALLED_HERE;
  return c11(call(Action::cond_signal, condition));
}
MINUSONE_HOOK int minusone_rt_cnd_broadcast(cnd_t* condition) {
  MINUSONE_CALLED_HERE;
  return c11(call(Action::cond_broadcast, condition));
}

MINUSONE_ATTRIBUTES_MADE(pthread_condattr_t, pthread_condattr_init)
MINUSONE_ATTRIBUTES_ENDED(pthread_condattr_t, pthread_condattr_destroy)
MINUSONE_ATTRIBUTES_SET(pthread_condattr_t, pthread_condattr_setpshared, int)
MINUSONE_ATTRIBUTES_GOT(pthread_condattr_t, pthread_condattr_getpshared, int)
MINUSONE_ATTRIBUTES_SET(pthread_condattr_t, pthread_condattr_setclock, clockid_t)
MINUSONE_ATTRIBUTES_GOT(pthread_condattr_t, pthread_condattr_getclock, clockid_t)
