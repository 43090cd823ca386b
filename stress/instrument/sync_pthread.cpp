// pthread mutexes, condition variables, read-write locks, threads. Nothing of the real ones runs:
// the engine keeps their state (stress/agents/mutexes.h), keyed by address.
#include <pthread.h>

#include "stress/instrument/runtime.h"

using namespace minusone;
using namespace minusone::runtime;

namespace {

int call(Action action, const void* object, std::uint64_t b = 0, std::uint64_t c = 0) {
  return static_cast<int>(announce(code_of(action), address(object), b, c));
}

// Time stands still at the start of 2001-09-09 01:46:40 (libc_misc.cpp).
std::uint64_t is_past(const timespec* deadline) { return deadline->tv_sec < 1'000'000'000 ? 1 : 0; }

}  // namespace

MINUSONE_HOOK int minusone_rt_pthread_mutex_init(pthread_mutex_t* mutex,
                                                 const pthread_mutexattr_t* attributes) {
  MINUSONE_CALLED_HERE;
  int type = PTHREAD_MUTEX_DEFAULT;
  int robust = PTHREAD_MUTEX_STALLED;
  if (attributes != nullptr) {
    pthread_mutexattr_gettype(attributes, &type);
    pthread_mutexattr_getrobust(attributes, &robust);
  }
  return call(Action::mutex_init, mutex, static_cast<std::uint64_t>(type),
              robust == PTHREAD_MUTEX_ROBUST);
}
MINUSONE_HOOK int minusone_rt_pthread_mutex_destroy(pthread_mutex_t* mutex) {
  MINUSONE_CALLED_HERE;
  return call(Action::mutex_destroy, mutex);
}
MINUSONE_HOOK int minusone_rt_pthread_mutex_lock(pthread_mutex_t* mutex) {
  MINUSONE_CALLED_HERE;
  return call(Action::mutex_lock, mutex);
}
MINUSONE_HOOK int minusone_rt_pthread_mutex_trylock(pthread_mutex_t* mutex) {
  MINUSONE_CALLED_HERE;
  return call(Action::mutex_trylock, mutex);
}
MINUSONE_HOOK int minusone_rt_pthread_mutex_timedlock(pthread_mutex_t* mutex,
                                                      const timespec* deadline) {
  MINUSONE_CALLED_HERE;
  return call(Action::mutex_timedlock, mutex, is_past(deadline));
}
MINUSONE_HOOK int minusone_rt_pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t,
                                                      const timespec* deadline) {
  MINUSONE_CALLED_HERE;
  return call(Action::mutex_timedlock, mutex, is_past(deadline));
}
MINUSONE_HOOK int minusone_rt_pthread_mutex_unlock(pthread_mutex_t* mutex) {
  MINUSONE_CALLED_HERE;
  return call(Action::mutex_unlock, mutex);
}
MINUSONE_HOOK int minusone_rt_pthread_mutex_consistent(pthread_mutex_t* mutex) {
  MINUSONE_CALLED_HERE;
  return call(Action::mutex_consistent, mutex);
}

MINUSONE_HOOK int minusone_rt_pthread_cond_init(pthread_cond_t* condition,
                                                const pthread_condattr_t*) {
  MINUSONE_CALLED_HERE;
  return call(Action::cond_forget, condition);
}
MINUSONE_HOOK int minusone_rt_pthread_cond_destroy(pthread_cond_t* condition) {
  MINUSONE_CALLED_HERE;
  return call(Action::cond_forget, condition);
}
MINUSONE_HOOK int minusone_rt_pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  MINUSONE_CALLED_HERE;
  const int refused = call(Action::cond_release, condition, address(mutex));
  return refused != 0 ? refused : call(Action::cond_awake, condition, address(mutex));
}
MINUSONE_HOOK int minusone_rt_pthread_cond_timedwait(pthread_cond_t* condition,
                                                     pthread_mutex_t* mutex, const timespec*) {
  MINUSONE_CALLED_HERE;
  const int refused = call(Action::cond_release, condition, address(mutex));
  return refused != 0 ? refused
                      : call(Action::cond_awake, condition, address(mutex),
                             static_cast<std::uint64_t>(TimeLimit::future));
}
MINUSONE_HOOK int minusone_rt_pthread_cond_clockwait(pthread_cond_t* condition,
                                                     pthread_mutex_t* mutex, clockid_t,
                                                     const timespec*) {
  MINUSONE_CALLED_HERE;
  const int refused = call(Action::cond_release, condition, address(mutex));
  return refused != 0 ? refused
                      : call(Action::cond_awake, condition, address(mutex),
                             static_cast<std::uint64_t>(TimeLimit::future));
}
MINUSONE_HOOK int minusone_rt_pthread_cond_signal(pthread_cond_t* condition) {
  MINUSONE_CALLED_HERE;
  return call(Action::cond_signal, condition);
}
MINUSONE_HOOK int minusone_rt_pthread_cond_broadcast(pthread_cond_t* condition) {
  MINUSONE_CALLED_HERE;
  return call(Action::cond_broadcast, condition);
}

MINUSONE_HOOK int minusone_rt_pthread_create(pthread_t* thread, const pthread_attr_t*,
                                             void* (*function)(void*), void* argument) {
  MINUSONE_CALLED_HERE;
  const int made = result_or_errno(announce(
      code_of(Action::spawn), reinterpret_cast<std::uint64_t>(function), address(argument)));
  if (made < 0) return errno;
  *thread = static_cast<pthread_t>(made);
  return 0;
}
MINUSONE_HOOK int minusone_rt_pthread_join(pthread_t thread, void** result) {
  MINUSONE_CALLED_HERE;
  const std::uint64_t value = announce(code_of(Action::join), thread);
  if (result != nullptr) *result = reinterpret_cast<void*>(value);
  return 0;
}
MINUSONE_HOOK pthread_t minusone_rt_pthread_self() {
  return static_cast<pthread_t>(minusone_current->id);
}
MINUSONE_HOOK int minusone_rt_pthread_equal(pthread_t a, pthread_t b) { return a == b; }
MINUSONE_HOOK int minusone_rt_pthread_detach(pthread_t) { return 0; }

MINUSONE_HOOK int minusone_rt_pthread_rwlock_init(pthread_rwlock_t* lock,
                                                  const pthread_rwlockattr_t*) {
  MINUSONE_CALLED_HERE;
  return call(Action::rwlock_forget, lock);
}
MINUSONE_HOOK int minusone_rt_pthread_rwlock_destroy(pthread_rwlock_t* lock) {
  MINUSONE_CALLED_HERE;
  return call(Action::rwlock_forget, lock);
}
MINUSONE_HOOK int minusone_rt_pthread_rwlock_rdlock(pthread_rwlock_t* lock) {
  MINUSONE_CALLED_HERE;
  return call(Action::rwlock_read, lock);
}
MINUSONE_HOOK int minusone_rt_pthread_rwlock_tryrdlock(pthread_rwlock_t* lock) {
  MINUSONE_CALLED_HERE;
  return call(Action::rwlock_read, lock, 1);
}
MINUSONE_HOOK int minusone_rt_pthread_rwlock_wrlock(pthread_rwlock_t* lock) {
  MINUSONE_CALLED_HERE;
  return call(Action::rwlock_write, lock);
}
MINUSONE_HOOK int minusone_rt_pthread_rwlock_trywrlock(pthread_rwlock_t* lock) {
  MINUSONE_CALLED_HERE;
  return call(Action::rwlock_write, lock, 1);
}
MINUSONE_HOOK int minusone_rt_pthread_rwlock_unlock(pthread_rwlock_t* lock) {
  MINUSONE_CALLED_HERE;
  return call(Action::rwlock_unlock, lock);
}
