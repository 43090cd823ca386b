#pragma once

#include <pthread.h>

#include <ctime>

namespace minusone {

/// A robust mutex that lies in a segment and is shared by the processes that map it. Construct it
/// there once, by placement new; others only use it. When its holder dies, the next one is told.
class SharedRobustMutex {
 public:
  /// @throws OsError what pthread_mutex_init(3) refused
  SharedRobustMutex();
  ~SharedRobustMutex();
  SharedRobustMutex(const SharedRobustMutex&) = delete;
  SharedRobustMutex& operator=(const SharedRobustMutex&) = delete;

  enum class Lock {
    taken,
    taken_from_the_dead,  ///< EOWNERDEAD: what it guards may be half done; call make_consistent()
    too_late,             ///< the deadline passed, and it is not held
  };
  /// @param deadline  on CLOCK_MONOTONIC; null: for ever
  /// @throws OsError  `ENOTRECOVERABLE`, `EDEADLK`, ...
  Lock lock(const timespec* deadline = nullptr);
  /// After taken_from_the_dead, when what it guards is whole again. Unlocked without it, the mutex
  /// refuses everybody from then on (ENOTRECOVERABLE).
  void make_consistent();
  /// @throws OsError `EPERM` this agent does not hold it
  void unlock();

 private:
  pthread_mutex_t mutex_;
};

}  // namespace minusone
