#pragma once

#include <sys/types.h>

#include <ctime>
#include <span>
#include <string>
#include <vector>

#include "protocol/run_log.h"

struct sembuf;

namespace minusone {

/// Owns a System V semaphore set; mode 0600. Removed by the process that created it, and by nobody
/// else: the kernel keeps it when all its users are gone.
class SemaphoreSet {
 public:
  /// Creates one under a fresh key that the log knew before.
  /// @param values   one semaphore each, 0 to 32767
  /// @throws OsError what the kernel refused
  static SemaphoreSet create(std::vector<unsigned short> values, RunLog& log);

  /// The set of `key` with at least so many semaphores; owned by somebody else.
  /// @throws OsError `ENOENT` no such key, `EACCES` somebody else's, `EINVAL` it has fewer
  static SemaphoreSet attach(key_t key, int semaphores);

  SemaphoreSet(SemaphoreSet&& other) noexcept;
  SemaphoreSet& operator=(SemaphoreSet&&) = delete;
  ~SemaphoreSet();

  /// Performs all operations at once, or none: semop(2) with its flags (SEM_UNDO, IPC_NOWAIT).
  /// Interrupted by a signal it goes on with the time that is left.
  /// @param deadline on CLOCK_MONOTONIC; null: for ever
  /// @return         false when the deadline passed, or IPC_NOWAIT would have waited
  /// @throws OsError `EIDRM` removed meanwhile, `ERANGE` value or undo beyond 32767, ...
  bool change(std::span<const sembuf> operations, const timespec* deadline = nullptr) const;

  int value(int number) const;            ///< GETVAL
  void set_value(int number, int value);  ///< SETVAL: forgets every process's undo
  int waiters(int number) const;          ///< GETNCNT: who waits for it to grow
  pid_t last_user(int number) const;      ///< GETPID

  key_t key() const noexcept { return key_; }
  int id() const noexcept { return id_; }

 private:
  SemaphoreSet() = default;
  int control(int number, int command, long value = 0) const;

  std::string name_;  ///< "System V semaphore set, key 0x6d31beef"
  key_t key_ = -1;
  int id_ = -1;
  pid_t creator_ = 0;
};

}  // namespace minusone
