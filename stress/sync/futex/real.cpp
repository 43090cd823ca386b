// Futexes in lock step: the comparison of a wait is real, who sleeps is the model's.
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "stress/sync/futex/futex.h"

namespace minusone::futex {

namespace {

/// Whether the kernel would let a wait sleep: the word is what the caller thinks.
bool real_one_would_sleep(const Context& call) {
  constexpr timespec no_time{0, 0};
  const int operation = FUTEX_WAIT | (call.d != 0 ? FUTEX_PRIVATE_FLAG : 0);
  return syscall(SYS_futex, call.a, operation, static_cast<std::uint32_t>(call.b), &no_time,
                 nullptr, 0) == -1 &&
         errno == ETIMEDOUT;
}

}  // namespace

std::size_t real::pack_comparison(const Context& call, const RealObjects*,
                                  std::span<std::byte> room) {
  room[0] = std::byte{real_one_would_sleep(call)};
  return 1;
}

// The word may lie in memory of the agent's own: it has looked, the model is told.
void real::unpack_comparison(Context& call, std::span<std::byte> packed) {
  const auto here = *reinterpret_cast<const volatile std::uint32_t*>(call.a);
  call.b = packed[0] == std::byte{0} ? ~here : here;
}

}  // namespace minusone::futex
