// Read-write locks in lock step: glibc's own.
#include <pthread.h>

#include "stress/sync/rwlock/rwlock.h"

namespace minusone::rwlock {

namespace {

pthread_rwlock_t* lock_of(const Context& call) {
  return reinterpret_cast<pthread_rwlock_t*>(call.a);
}

std::optional<std::int64_t> unless_it_waits(int error) {
  if (error == ETIMEDOUT) return std::nullopt;
  return error;
}

}  // namespace

std::optional<std::int64_t> real::read(const Context& call, RealObjects*, std::int64_t) {
  if (call.b != 0) return pthread_rwlock_tryrdlock(lock_of(call));
  return unless_it_waits(pthread_rwlock_timedrdlock(lock_of(call), &long_past));
}

std::optional<std::int64_t> real::write(const Context& call, RealObjects*, std::int64_t) {
  if (call.b != 0) return pthread_rwlock_trywrlock(lock_of(call));
  return unless_it_waits(pthread_rwlock_timedwrlock(lock_of(call), &long_past));
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
