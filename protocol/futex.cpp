#include "protocol/futex.h"

#include <cerrno>

#include "protocol/os_error.h"
#include "protocol/system_calls.h"

namespace minusone {

Waited futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t seen,
                  const timespec* deadline) {
  // The bitset form takes a point in time; plain FUTEX_WAIT takes a duration.
  if (system_calls.futex(&word, FUTEX_WAIT_BITSET, seen, deadline, FUTEX_BITSET_MATCH_ANY) == 0)
    return Waited::woken;
  switch (errno) {
    case EAGAIN:
      return Waited::changed;
    case ETIMEDOUT:
      return Waited::too_late;
    case EINTR:
      return Waited::woken;
    default:
      throw OsError(errno, "futex(FUTEX_WAIT)", "a shared word");
  }
}

int futex_wake(const std::atomic<std::uint32_t>& word, int most) {
  const long woken =
      system_calls.futex(&word, FUTEX_WAKE, static_cast<std::uint32_t>(most), nullptr, 0);
  if (woken == -1) throw OsError(errno, "futex(FUTEX_WAKE)", "a shared word");
  return static_cast<int>(woken);
}

}  // namespace minusone
