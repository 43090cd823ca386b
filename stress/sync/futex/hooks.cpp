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
  switch (command) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET: {
      const std::uint64_t bits = command == FUTEX_WAIT ? FUTEX_BITSET_MATCH_ANY : mask;
      const bool past = timeout != nullptr && command == FUTEX_WAIT && timeout->tv_sec == 0 &&
                        timeout->tv_nsec == 0;
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
      violation(
          "a futex operation that is not modelled: only WAIT and WAKE, with or without BITSET");
  }
}
