#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>

namespace minusone::watch {

/// Of a process or thread: what tells it from a later one of the same number. 0: it does not live.
/// One that is about to exit lives no more: what the kernel undoes for it may be done already.
std::uint64_t living_since(pid_t tid) noexcept;

/// Its parent, 0 where there is none to be found.
pid_t parent_of(pid_t process) noexcept;

/// The caller's thread; the kernel is asked once a thread, and again in a forked child.
pid_t own_tid() noexcept;
void forget_own_tid() noexcept;

/// A lock in memory that processes share. Who is killed with it loses it to the next who wants it,
/// so what it guards is at each moment fit to be found. A signal's handler that interrupts its
/// owner goes on as if it had it.
class RobustLock {
 public:
  /// @return  false: the caller's own thread has it already, below a signal's handler
  bool lock() noexcept;
  void unlock() noexcept { owner_.store(0, std::memory_order_release); }

 private:
  bool wait(pid_t me) noexcept;

  std::atomic<pid_t> owner_;
};

class RobustGuard {
 public:
  explicit RobustGuard(RobustLock& lock) noexcept : lock_(lock), is_mine_(lock.lock()) {}
  ~RobustGuard() {
    if (is_mine_) lock_.unlock();
  }
  RobustGuard(const RobustGuard&) = delete;
  RobustGuard& operator=(const RobustGuard&) = delete;

 private:
  RobustLock& lock_;
  bool is_mine_;
};

}  // namespace minusone::watch
