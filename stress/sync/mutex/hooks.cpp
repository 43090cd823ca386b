// pthread mutexes, and those of <threads.h>. Nothing of the real ones runs: the engine keeps their
// state (mutex.cpp), by address.
#include <pthread.h>

#include "stress/sync/attributes.h"

using namespace minusone;
using namespace minusone::runtime;

namespace {

// As Action::mutex_timedlock has it: only who would wait is told that it is no time.
std::uint64_t deadline_of(const timespec* deadline) {
  return is_time(deadline) ? is_past(deadline) : 2;
}

}  // namespace

MINUSONE_HOOK int minusone_rt_pthread_mutex_init(pthread_mutex_t* mutex,
                                                 const pthread_mutexattr_t* attributes) {
  MINUSONE_CALLED_HERE;
  int type = PTHREAD_MUTEX_DEFAULT;
  int robust = PTHREAD_MUTEX_STALLED;
  int shared = PTHREAD_PROCESS_PRIVATE;
  if (attributes != nullptr) {
    const auto all = held(attributes);
    pthread_mutexattr_gettype(&all, &type);
    pthread_mutexattr_getrobust(&all, &robust);
    pthread_mutexattr_getpshared(&all, &shared);
  }
  return call(Action::mutex_init, mutex, static_cast<std::uint64_t>(type),
              robust == PTHREAD_MUTEX_ROBUST, shared == PTHREAD_PROCESS_SHARED);
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
  return call(Action::mutex_timedlock, mutex, deadline_of(deadline));
}
MINUSONE_HOOK int minusone_rt_pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock,
                                                      const timespec* deadline) {
  MINUSONE_CALLED_HERE;
  if (!is_clock(clock)) return EINVAL;
  return call(Action::mutex_timedlock, mutex, deadline_of(deadline));
}
MINUSONE_HOOK int minusone_rt_pthread_mutex_unlock(pthread_mutex_t* mutex) {
  MINUSONE_CALLED_HERE;
  return call(Action::mutex_unlock, mutex);
}
MINUSONE_HOOK int minusone_rt_pthread_mutex_consistent(pthread_mutex_t* mutex) {
  MINUSONE_CALLED_HERE;
  return call(Action::mutex_consistent, mutex);
}

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
  return c11(call(Action::mutex_timedlock, mutex, deadline_of(deadline)));
}
MINUSONE_HOOK int minusone_rt_mtx_unlock(mtx_t* mutex) {
  MINUSONE_CALLED_HERE;
  return c11(call(Action::mutex_unlock, mutex));
}

MINUSONE_ATTRIBUTES_MADE(pthread_mutexattr_t, pthread_mutexattr_init)
MINUSONE_ATTRIBUTES_ENDED(pthread_mutexattr_t, pthread_mutexattr_destroy)
MINUSONE_ATTRIBUTES_SET(pthread_mutexattr_t, pthread_mutexattr_settype, int)
MINUSONE_ATTRIBUTES_GOT(pthread_mutexattr_t, pthread_mutexattr_gettype, int)
MINUSONE_ATTRIBUTES_SET(pthread_mutexattr_t, pthread_mutexattr_setrobust, int)
MINUSONE_ATTRIBUTES_GOT(pthread_mutexattr_t, pthread_mutexattr_getrobust, int)
MINUSONE_ATTRIBUTES_SET(pthread_mutexattr_t, pthread_mutexattr_setpshared, int)
MINUSONE_ATTRIBUTES_GOT(pthread_mutexattr_t, pthread_mutexattr_getpshared, int)
MINUSONE_ATTRIBUTES_SET(pthread_mutexattr_t, pthread_mutexattr_setprotocol, int)
MINUSONE_ATTRIBUTES_GOT(pthread_mutexattr_t, pthread_mutexattr_getprotocol, int)
