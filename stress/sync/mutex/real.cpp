// Mutexes in lock step: glibc's own.
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "stress/sync/mutex/mutex.h"

namespace minusone::mutex {

namespace {

pthread_mutex_t* mutex_at(std::uint64_t address) {
  return reinterpret_cast<pthread_mutex_t*>(address);
}

/// The robust mutexes that a process holds.
class RobustMutexes : public RealObjects {
 public:
  // Forgets them: their memory is about to be put back. set_robust_list(2): the list's head points
  // to itself when it is empty.
  void restart_in_process() override {
    robust_list_head* head = nullptr;
    std::size_t bytes = 0;
    if (syscall(SYS_get_robust_list, 0, &head, &bytes) != 0 || head == nullptr) return;
    head->list.next = &head->list;
    head->list_op_pending = nullptr;
  }
};

}  // namespace

std::unique_ptr<RealObjects> real_objects(RunLog&) { return std::make_unique<RobustMutexes>(); }

// pthread_mutex_lock in all that it answers (EDEADLK, EOWNERDEAD, a recursion), but for the sleep.
std::optional<std::int64_t> real::lock_at(std::uint64_t address) {
  const int error = pthread_mutex_timedlock(mutex_at(address), &long_past);
  if (error == ETIMEDOUT) return std::nullopt;
  return error;
}

std::int64_t real::unlock_at(std::uint64_t address) {
  return pthread_mutex_unlock(mutex_at(address));
}

std::optional<std::int64_t> real::initialise(const Context& call, RealObjects*, std::int64_t) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, static_cast<int>(call.b));
  if (call.d != 0) pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  if (call.c != 0) pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  const int error = pthread_mutex_init(mutex_at(call.a), &attributes);
  pthread_mutexattr_destroy(&attributes);
  return error;
}

std::optional<std::int64_t> real::destroy(const Context& call, RealObjects*, std::int64_t) {
  return pthread_mutex_destroy(mutex_at(call.a));
}

std::optional<std::int64_t> real::lock(const Context& call, RealObjects*, std::int64_t) {
  return lock_at(call.a);
}

std::optional<std::int64_t> real::try_lock(const Context& call, RealObjects*, std::int64_t) {
  return pthread_mutex_trylock(mutex_at(call.a));
}

std::optional<std::int64_t> real::lock_in_time(const Context& call, RealObjects*, std::int64_t) {
  const auto result = lock_at(call.a);
  if (result || call.b == 0) return result;
  return call.b == 2 ? EINVAL : ETIMEDOUT;
}

std::optional<std::int64_t> real::unlock(const Context& call, RealObjects*, std::int64_t) {
  return unlock_at(call.a);
}

std::optional<std::int64_t> real::make_consistent(const Context& call, RealObjects*, std::int64_t) {
  return pthread_mutex_consistent(mutex_at(call.a));
}

}  // namespace minusone::mutex
