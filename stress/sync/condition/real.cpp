// Condition variables in lock step: the queue is the model's, the mutex that a wait gives back and
// takes again is real.
#include "stress/sync/condition/condition.h"
#include "stress/sync/mutex/mutex.h"

namespace minusone::condition {

std::optional<std::int64_t> real::release(const Context& call, RealObjects*, std::int64_t) {
  return mutex::real::unlock_at(call.b);
}

std::optional<std::int64_t> real::awake(const Context& call, RealObjects*, std::int64_t) {
  return mutex::real::lock_at(call.b);
}

}  // namespace minusone::condition
