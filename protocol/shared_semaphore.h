#pragma once

#include <semaphore.h>

#include <ctime>

namespace minusone {

/// A POSIX semaphore that lies in a segment and is shared by the processes that map it. Construct
/// it there once, by placement new; others only use it. It does not know who took it: what a dead
/// agent took stays taken.
class SharedSemaphore {
 public:
  /// @throws OsError `EINVAL` beyond SEM_VALUE_MAX
  explicit SharedSemaphore(unsigned value);
  ~SharedSemaphore();
  SharedSemaphore(const SharedSemaphore&) = delete;
  SharedSemaphore& operator=(const SharedSemaphore&) = delete;

  /// Waits until it is above 0 and subtracts 1. Goes on waiting after a signal.
  /// @param deadline  on CLOCK_MONOTONIC; null: for ever
  /// @return          false when the deadline passed
  bool take(const timespec* deadline = nullptr);
  /// Adds 1. @throws OsError `EOVERFLOW`
  void give();
  int value();

 private:
  sem_t semaphore_;
};

}  // namespace minusone
