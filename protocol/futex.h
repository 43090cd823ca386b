#pragma once

#include <atomic>
#include <climits>
#include <cstdint>
#include <ctime>

namespace minusone {

/// How a wait ended. A wait may end for no reason, so look at the word again in any case.
enum class Waited {
  woken,     ///< or for no reason, or by a signal
  changed,   ///< the word was not `seen` to begin with
  too_late,  ///< the deadline passed
};

/// Sleeps while `word` is `seen`, until futex_wake() on it by any process that maps it.
/// @param word      in memory that the processes share; not FUTEX_PRIVATE_FLAG
/// @param deadline  on CLOCK_MONOTONIC; null: for ever
/// @throws OsError  `EFAULT`, `EINVAL`, `ENOSYS`
/// @see             futex(2), FUTEX_WAIT_BITSET
Waited futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t seen,
                  const timespec* deadline = nullptr);

/// Wakes up to `most` of those who sleep on `word`. @return how many
int futex_wake(const std::atomic<std::uint32_t>& word, int most = INT_MAX);

}  // namespace minusone
