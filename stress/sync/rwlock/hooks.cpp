// pthread read-write locks.
#include <pthread.h>

#include "stress/sync/attributes.h"
#include "stress/sync/rwlock/rwlock.h"

using namespace minusone;
using namespace minusone::runtime;
using minusone::rwlock::How;

namespace {

// What an initialiser or pthread_rwlock_init() has left is read without a step: it does not change.
bool writers_come_first(const pthread_rwlock_t* lock) {
  touch(lock);
  return lock->__data.__flags == PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP;
}

int take(Action action, pthread_rwlock_t* lock, How how) {
  const bool waits = how == How::for_ever || how == How::until_future;
  const bool comes = action == Action::rwlock_write && waits && writers_come_first(lock);
  if (comes) call(Action::rwlock_arrive, lock);
  const int result = call(action, lock, static_cast<std::uint64_t>(how));
  if (comes && result == ETIMEDOUT) call(Action::rwlock_depart, lock);
  return result;
}

int take_until(Action action, pthread_rwlock_t* lock, const timespec* deadline) {
  if (!is_time(deadline)) return EINVAL;
  return take(action, lock, is_past(deadline) != 0 ? How::until_past : How::until_future);
}

}  // namespace

MINUSONE_HOOK int minusone_rt_pthread_rwlock_init(pthread_rwlock_t* lock,
                                                  const pthread_rwlockattr_t* attributes) {
  MINUSONE_CALLED_HERE;
  int shared = PTHREAD_PROCESS_PRIVATE;
  int kind = PTHREAD_RWLOCK_DEFAULT_NP;
  if (attributes != nullptr) {
    const auto all = held(attributes);
    pthread_rwlockattr_getpshared(&all, &shared);
    pthread_rwlockattr_getkind_np(&all, &kind);
  }
  return call(Action::rwlock_init, lock, static_cast<std::uint64_t>(kind),
              shared == PTHREAD_PROCESS_SHARED);
}
MINUSONE_HOOK int minusone_rt_pthread_rwlock_destroy(pthread_rwlock_t* lock) {
  MINUSONE_CALLED_HERE;
  return call(Action::rwlock_destroy, lock);
}
MINUSONE_HOOK int minusone_rt_pthread_rwlock_unlock(pthread_rwlock_t* lock) {
  MINUSONE_CALLED_HERE;
  return call(Action::rwlock_unlock, lock);
}

#define TAKES(kind, action)                                                            \
  MINUSONE_HOOK int minusone_rt_pthread_rwlock_##kind(pthread_rwlock_t* lock) {        \
    MINUSONE_CALLED_HERE;                                                              \
    return take(action, lock, How::for_ever);                                          \
  }                                                                                    \
  MINUSONE_HOOK int minusone_rt_pthread_rwlock_try##kind(pthread_rwlock_t* lock) {     \
    MINUSONE_CALLED_HERE;                                                              \
    return take(action, lock, How::tries);                                             \
  }                                                                                    \
  MINUSONE_HOOK int minusone_rt_pthread_rwlock_timed##kind(pthread_rwlock_t* lock,     \
                                                           const timespec* deadline) { \
    MINUSONE_CALLED_HERE;                                                              \
    return take_until(action, lock, deadline);                                         \
  }                                                                                    \
  MINUSONE_HOOK int minusone_rt_pthread_rwlock_clock##kind(                            \
      pthread_rwlock_t* lock, clockid_t clock, const timespec* deadline) {             \
    MINUSONE_CALLED_HERE;                                                              \
    return is_clock(clock) ? take_until(action, lock, deadline) : EINVAL;              \
  }
TAKES(rdlock, Action::rwlock_read)
TAKES(wrlock, Action::rwlock_write)

MINUSONE_ATTRIBUTES_MADE(pthread_rwlockattr_t, pthread_rwlockattr_init)
MINUSONE_ATTRIBUTES_ENDED(pthread_rwlockattr_t, pthread_rwlockattr_destroy)
MINUSONE_ATTRIBUTES_SET(pthread_rwlockattr_t, pthread_rwlockattr_setpshared, int)
MINUSONE_ATTRIBUTES_GOT(pthread_rwlockattr_t, pthread_rwlockattr_getpshared, int)
MINUSONE_ATTRIBUTES_SET(pthread_rwlockattr_t, pthread_rwlockattr_setkind_np, int)
MINUSONE_ATTRIBUTES_GOT(pthread_rwlockattr_t, pthread_rwlockattr_getkind_np, int)
