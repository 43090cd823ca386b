// pthread mutexes, condition variables, read-write locks, spin locks, barriers. Nothing of the real
// ones runs: the engine keeps their state (stress/sync/mutexes.cpp, barriers.cpp), by address.
#include <pthread.h>

#include "stress/instrument/runtime.h"

using namespace minusone;
using namespace minusone::runtime;

namespace {

int call(Action action, const void* object, std::uint64_t b = 0, std::uint64_t c = 0) {
  return static_cast<int>(announce(code_of(action), address(object), b, c));
}

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
                                                     pthread_mutex_t* mutex,
                                                     const timespec* deadline) {
  MINUSONE_CALLED_HERE;
  return wait_until(condition, mutex, deadline);
}
MINUSONE_HOOK int minusone_rt_pthread_cond_clockwait(pthread_cond_t* condition,
                                                     pthread_mutex_t* mutex, clockid_t,
                                                     const timespec* deadline) {
  MINUSONE_CALLED_HERE;
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

#define TIMED_RWLOCK(name, action)                                                            \
  MINUSONE_HOOK int minusone_rt_pthread_rwlock_timed##name(pthread_rwlock_t* lock,            \
                                                           const timespec* deadline) {        \
    MINUSONE_CALLED_HERE;                                                                     \
    return call(action, lock, 2 * is_past(deadline));                                         \
  }                                                                                           \
  MINUSONE_HOOK int minusone_rt_pthread_rwlock_clock##name(pthread_rwlock_t* lock, clockid_t, \
                                                           const timespec* deadline) {        \
    MINUSONE_CALLED_HERE;                                                                     \
    return call(action, lock, 2 * is_past(deadline));                                         \
  }
TIMED_RWLOCK(rdlock, Action::rwlock_read)
TIMED_RWLOCK(wrlock, Action::rwlock_write)

MINUSONE_HOOK int minusone_rt_pthread_spin_init(pthread_spinlock_t* lock, int) {
  MINUSONE_CALLED_HERE;
  return call(Action::spin_forget, const_cast<int*>(lock));
}
MINUSONE_HOOK int minusone_rt_pthread_spin_destroy(pthread_spinlock_t* lock) {
  MINUSONE_CALLED_HERE;
  return call(Action::spin_forget, const_cast<int*>(lock));
}
MINUSONE_HOOK int minusone_rt_pthread_spin_lock(pthread_spinlock_t* lock) {
  MINUSONE_CALLED_HERE;
  return call(Action::spin_lock, const_cast<int*>(lock));
}
MINUSONE_HOOK int minusone_rt_pthread_spin_trylock(pthread_spinlock_t* lock) {
  MINUSONE_CALLED_HERE;
  return call(Action::spin_trylock, const_cast<int*>(lock));
}
MINUSONE_HOOK int minusone_rt_pthread_spin_unlock(pthread_spinlock_t* lock) {
  MINUSONE_CALLED_HERE;
  return call(Action::spin_unlock, const_cast<int*>(lock));
}

MINUSONE_HOOK int minusone_rt_pthread_barrier_init(pthread_barrier_t* barrier,
                                                   const pthread_barrierattr_t*, unsigned count) {
  MINUSONE_CALLED_HERE;
  return call(Action::barrier_init, barrier, count);
}
MINUSONE_HOOK int minusone_rt_pthread_barrier_destroy(pthread_barrier_t* barrier) {
  MINUSONE_CALLED_HERE;
  return call(Action::barrier_destroy, barrier);
}
MINUSONE_HOOK int minusone_rt_pthread_barrier_wait(pthread_barrier_t* barrier) {
  MINUSONE_CALLED_HERE;
  // The last to arrive is the serial thread, as in glibc.
  if (call(Action::barrier_arrive, barrier) != 0) return PTHREAD_BARRIER_SERIAL_THREAD;
  return call(Action::barrier_awake, barrier);
}
