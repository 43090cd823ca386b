// pthread read-write locks.
#include "stress/sync/hooks.h"

#include <pthread.h>

using namespace minusone;
using namespace minusone::runtime;

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
