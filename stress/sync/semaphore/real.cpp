// POSIX semaphores in lock step: glibc's own, always process-shared.
#include <semaphore.h>

#include "stress/sync/semaphore/semaphore.h"

namespace minusone::semaphore {

namespace {

sem_t* semaphore_of(const Context& call) { return reinterpret_cast<sem_t*>(call.a); }

}  // namespace

std::optional<std::int64_t> real::initialise(const Context& call, RealObjects*, std::int64_t) {
  return or_errno(sem_init(semaphore_of(call), 1, static_cast<unsigned>(call.b)));
}

std::optional<std::int64_t> real::destroy(const Context& call, RealObjects*, std::int64_t) {
  return or_errno(sem_destroy(semaphore_of(call)));
}

std::optional<std::int64_t> real::take(const Context& call, RealObjects*, std::int64_t) {
  const auto result = or_errno(sem_trywait(semaphore_of(call)));
  if (result == -EAGAIN) return std::nullopt;
  return result;
}

std::optional<std::int64_t> real::try_to_take(const Context& call, RealObjects*, std::int64_t) {
  return or_errno(sem_trywait(semaphore_of(call)));
}

std::optional<std::int64_t> real::take_in_time(const Context& call, RealObjects* objects,
                                               std::int64_t modelled) {
  const auto result = take(call, objects, modelled);
  return !result && call.b != 0 ? -ETIMEDOUT : result;
}

std::optional<std::int64_t> real::post(const Context& call, RealObjects*, std::int64_t) {
  return or_errno(sem_post(semaphore_of(call)));
}

std::optional<std::int64_t> real::get_value(const Context& call, RealObjects*, std::int64_t) {
  int value = 0;
  const auto result = or_errno(sem_getvalue(semaphore_of(call), &value));
  return result < 0 ? result : value;
}

}  // namespace minusone::semaphore
