// Read-write locks in lock step: glibc's own.
#include <pthread.h>

#include "stress/sync/rwlock/rwlock.h"

namespace minusone::rwlock {

namespace {

pthread_rwlock_t* lock_of(const Context& call) {
  return reinterpret_cast<pthread_rwlock_t*>(call.a);
}

using Function = int (*)(pthread_rwlock_t*);
using TimedFunction = int (*)(pthread_rwlock_t*, const timespec*);

/// @param modelled  where writers come first, what the model says: who is refused does not try
std::optional<std::int64_t> take(const Context& call, std::int64_t modelled, Function tries,
                                 TimedFunction waits) {
  if (real::writers_come_first(call) && modelled != 0) return modelled;
  if (how(call) == How::tries) return tries(lock_of(call));
  const int error = waits(lock_of(call), &long_past);
  if (error == ETIMEDOUT && how(call) != How::until_past) return std::nullopt;
  return error;
}

}  // namespace

bool real::writers_come_first(const Context& call, const RealObjects*) {
  return lock_of(call)->__data.__flags == PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP;
}

std::optional<std::int64_t> real::read(const Context& call, RealObjects*, std::int64_t modelled) {
  return take(call, modelled, pthread_rwlock_tryrdlock, pthread_rwlock_timedrdlock);
}

std::optional<std::int64_t> real::write(const Context& call, RealObjects*, std::int64_t modelled) {
  return take(call, modelled, pthread_rwlock_trywrlock, pthread_rwlock_timedwrlock);
}

std::optional<std::int64_t> real::unlock(const Context& call, RealObjects*, std::int64_t) {
  return pthread_rwlock_unlock(lock_of(call));
}

std::optional<std::int64_t> real::destroy(const Context& call, RealObjects*, std::int64_t) {
  return pthread_rwlock_destroy(lock_of(call));
}

std::optional<std::int64_t> real::initialise(const Context& call, RealObjects*, std::int64_t) {
  pthread_rwlockattr_t attributes;
  pthread_rwlockattr_init(&attributes);
  pthread_rwlockattr_setkind_np(&attributes, static_cast<int>(call.b));
  if (call.c != 0) pthread_rwlockattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  const int error = pthread_rwlock_init(lock_of(call), &attributes);
  pthread_rwlockattr_destroy(&attributes);
  return error;
}

}  // namespace minusone::rwlock
