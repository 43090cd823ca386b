// pthread read-write locks.
#include "stress/sync/hooks.h"

#include <pthread.h>

using namespace minusone;
using namespace minusone::runtime;

namespace {

// Where writers that wait keep readers out, that is a step of its own. What an initialiser or
// pthread_rwlock_init() has left is read without a step: it does not change.
void arrive(const pthread_rwlock_t* lock) {
  touch(lock);
  if (lock->__data.__flags == PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP)
    call(Action::rwlock_arrive, lock);
}

}  // namespace

MINUSONE_HOOK int minusone_rt_pthread_rwlock_init(pthread_rwlock_t* lock,
                                                  const pthread_rwlockattr_t* attributes) {
  MINUSONE_CALLED_HERE;
  int shared = PTHREAD_PROCESS_PRIVATE;
  int kind = PTHREAD_RWLOCK_DEFAULT_NP;
  if (attributes != nullptr) {
    pthread_rwlockattr_getpshared(attributes, &shared);
    pthread_rwlockattr_getkind_np(attributes, &kind);
  }
  return call(Action::rwlock_init, lock, static_cast<std::uint64_t>(kind),
              shared == PTHREAD_PROCESS_SHARED);
}
MINUSONE_HOOK int minusone_rt_pthread_rwlock_destroy(pthread_rwlock_t* lock) {
  MINUSONE_CALLED_HERE;
  return call(Action::rwlock_destroy, lock);
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
  arrive(lock);
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

#define TIMED_RWLOCK(name, action, comes)                                              \
  MINUSONE_HOOK int minusone_rt_pthread_rwlock_timed##name(pthread_rwlock_t* lock,     \
                                                           const timespec* deadline) { \
    MINUSONE_CALLED_HERE;                                                              \
    if (!is_time(deadline)) return EINVAL;                                             \
    if (is_past(deadline) == 0) comes(lock);                                           \
    return call(action, lock, 2 * is_past(deadline));                                  \
  }                                                                                    \
  MINUSONE_HOOK int minusone_rt_pthread_rwlock_clock##name(                            \
      pthread_rwlock_t* lock, clockid_t clock, const timespec* deadline) {             \
    MINUSONE_CALLED_HERE;                                                              \
    if (!is_time(deadline) || !is_clock(clock)) return EINVAL;                         \
    if (is_past(deadline) == 0) comes(lock);                                           \
    return call(action, lock, 2 * is_past(deadline));                                  \
  }
TIMED_RWLOCK(rdlock, Action::rwlock_read, touch)
TIMED_RWLOCK(wrlock, Action::rwlock_write, arrive)
