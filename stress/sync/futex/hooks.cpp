// futex(2), which has no function of its own in the library: syscall() comes here
// (stress/instrument/libc_misc.cpp).
#include <linux/futex.h>

#include "stress/instrument/runtime.h"

using namespace minusone;
using namespace minusone::runtime;

int minusone::runtime::futex(std::uint32_t* word, int operation, std::uint32_t value,
                             const timespec* timeout, std::uint32_t* other, std::uint32_t mask) {
  const int command = operation & FUTEX_CMD_MASK;
  const std::uint64_t is_private = (operation & FUTEX_PRIVATE_FLAG) != 0;
  const auto refused = [](int error) {
    errno = error;
    return -1;
  };
  // In the kernel's order (kernel/futex/syscalls.c, core.c).
  const bool waits = command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET;
  const bool knows_clocks =
      command == FUTEX_WAIT_BITSET || command == FUTEX_WAIT_REQUEUE_PI || command == FUTEX_LOCK_PI2;
  if ((operation & FUTEX_CLOCK_REALTIME) != 0 && !knows_clocks) return refused(ENOSYS);
  if (command > FUTEX_LOCK_PI2) return refused(ENOSYS);
  if (waits && timeout != nullptr && !is_duration(timeout)) return refused(EINVAL);
  if ((waits || command == FUTEX_WAKE || command == FUTEX_WAKE_BITSET) &&
      (address(word) % sizeof *word != 0 ||
       (mask == 0 && (command == FUTEX_WAIT_BITSET || command == FUTEX_WAKE_BITSET)))) {
    return refused(EINVAL);
  }
  if (waits && address(word) < 4096) return refused(EFAULT);
  if (!waits && address(word) < 4096 && is_private == 0) return refused(EFAULT);
  if (waits) static_cast<void>(*static_cast<const volatile std::uint32_t*>(word));  // faults here
  switch (command) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET: {
      const std::uint64_t bits = command == FUTEX_WAIT ? FUTEX_BITSET_MATCH_ANY : mask;
      // With a set it is a moment, not a duration.
      const bool past = timeout != nullptr &&
                        (command == FUTEX_WAIT ? timeout->tv_sec == 0 && timeout->tv_nsec == 0
                                               : is_past(timeout) != 0);
      const auto limit = static_cast<std::uint64_t>(timeout == nullptr ? TimeLimit::none
                                                    : past             ? TimeLimit::past
                                                                       : TimeLimit::future);
      const auto checked = announce(code_of(Action::futex_wait, 4, __ATOMIC_SEQ_CST), address(word),
                                    value, bits, is_private, limit);
      if (checked != 0) return result_or_errno(checked);
      return result_or_errno(
          announce(code_of(Action::futex_awake), address(word), value, bits, is_private, limit));
    }
    case FUTEX_WAKE:
    case FUTEX_WAKE_BITSET: {
      const std::uint64_t bits = command == FUTEX_WAKE ? FUTEX_BITSET_MATCH_ANY : mask;
      return result_or_errno(
          announce(code_of(Action::futex_wake), address(word), value, bits, is_private));
    }
    default:
      (void)other;
      not_modelled(
          "a futex operation that is not modelled: only WAIT and WAKE, with or without BITSET");
  }
}
