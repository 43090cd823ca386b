// The hooks before plain accesses.
//
// A hook tail-calls minusone_announce, so that nothing of it stays on the stack while the agent
// waits for its turn.
#include <alloca.h>

#include <cstdlib>

#include "stress/instrument/runtime.h"

using namespace minusone;
using namespace minusone::runtime;

namespace {

[[gnu::noinline]] void check_own_from(const void* pc, const void* at, std::size_t bytes,
                                      BadAccess kind) {
  Context* const agent = minusone_runtime->current;
  if (agent == nullptr || is_on_private_stack(agent, at)) return;
  agent->pc = pc;
  check_private(at, bytes, kind);
}

}  // namespace

/// Of an access that is no step.
#define CHECK_OWN(at, bytes, kind)    \
  (minusone_runtime->owned == nullptr \
       ? void()                       \
       : check_own_from(__builtin_return_address(0), at, bytes, kind))

#define PLAIN(name, bytes)                                               \
  MINUSONE_HOOK void minusone_rt___tsan_##name##read##bytes(void* at) {  \
    if (!is_step(at)) return CHECK_OWN(at, bytes, BadAccess::reads);     \
    MINUSONE_CALLED_HERE;                                                \
    announce(code_of(Action::plain_read, bytes), address(at));           \
  }                                                                      \
  MINUSONE_HOOK void minusone_rt___tsan_##name##write##bytes(void* at) { \
    if (is_step(at)) {                                                   \
      MINUSONE_CALLED_HERE;                                              \
      announce(code_of(Action::plain_write, bytes), address(at));        \
    } else {                                                             \
      CHECK_OWN(at, bytes, BadAccess::writes);                           \
      note_private_write(at);                                            \
    }                                                                    \
  }
#define PLAIN_OF_ALL_SIZES(name) \
  PLAIN(name, 1) PLAIN(name, 2) PLAIN(name, 4) PLAIN(name, 8) PLAIN(name, 16)

PLAIN_OF_ALL_SIZES()
PLAIN_OF_ALL_SIZES(unaligned_)
PLAIN_OF_ALL_SIZES(volatile_)
PLAIN_OF_ALL_SIZES(unaligned_volatile_)

// Volatile accesses of a source that is built with --volatile-atomic: stress/modules/builder.cpp
// has put these in place of the plain ones. The order is the machine's, as in
// assembly_accesses.cpp.
#define MARKED(bytes)                                                                         \
  MINUSONE_HOOK void minusone_rt___tsan_marked_read##bytes(void* at) {                        \
    if (!is_step(at)) return CHECK_OWN(at, bytes, BadAccess::reads);                          \
    MINUSONE_CALLED_HERE;                                                                     \
    announce(code_of(Action::atomic_load, bytes, __ATOMIC_ACQUIRE) | own_code, address(at));  \
  }                                                                                           \
  MINUSONE_HOOK void minusone_rt___tsan_marked_write##bytes(void* at) {                       \
    if (!is_step(at)) {                                                                       \
      CHECK_OWN(at, bytes, BadAccess::writes);                                                \
      return note_private_write(at);                                                          \
    }                                                                                         \
    MINUSONE_CALLED_HERE;                                                                     \
    announce(code_of(Action::atomic_store, bytes, __ATOMIC_RELEASE) | own_code, address(at)); \
  }
MARKED(1)
MARKED(2)
MARKED(4)
MARKED(8)

// clang's compound form of `x += 1`: the read is announced, then the write.
#define COMPOUND(bytes)                                                         \
  MINUSONE_HOOK void minusone_rt___tsan_read_write##bytes(void* at) {           \
    if (!is_step(at)) {                                                         \
      CHECK_OWN(at, bytes, BadAccess::writes);                                  \
      return note_private_write(at);                                            \
    }                                                                           \
    MINUSONE_CALLED_HERE;                                                       \
    announce(code_of(Action::plain_read, bytes), address(at));                  \
    announce(code_of(Action::plain_write, bytes), address(at));                 \
  }                                                                             \
  MINUSONE_HOOK void minusone_rt___tsan_unaligned_read_write##bytes(void* at) { \
    minusone_rt___tsan_read_write##bytes(at);                                   \
  }
COMPOUND(1)
COMPOUND(2)
COMPOUND(4)
COMPOUND(8)
COMPOUND(16)

MINUSONE_HOOK void minusone_rt___tsan_init() {}
MINUSONE_HOOK void minusone_rt___tsan_func_entry(void*) {}

// The variables of a function end where it returns. Where other threads use its thread's stack that
// is a step, unless no other can know of them: its frame came after the last step with an effect.
// The module keeps frame pointers (System V ABI for x86-64, 3.2.2: the caller's sits where ours
// points, below its return address).
MINUSONE_HOOK void minusone_rt___tsan_func_exit() {
  Context* const agent = minusone_runtime->current;
  if (agent == nullptr || (minusone_runtime->stacks.shared >> agent->id & 1) == 0) return;
  auto* const frame = static_cast<const std::byte* const*>(__builtin_frame_address(0));
  const auto* const low = reinterpret_cast<const std::byte*>(frame + 2);
  const std::byte* const high = *frame + 2 * sizeof(void*);
  if (high <= agent->known_low) return;
  MINUSONE_CALLED_HERE;
  announce(code_of(Action::frame_end), address(low), static_cast<std::uint64_t>(high - low));
}
MINUSONE_HOOK void minusone_rt___tsan_ignore_thread_begin() {}
MINUSONE_HOOK void minusone_rt___tsan_ignore_thread_end() {}

MINUSONE_HOOK void minusone_rt___tsan_vptr_update(void** at, void*) {
  minusone_rt___tsan_write8(at);
}
MINUSONE_HOOK void minusone_rt___tsan_vptr_read(void** at) { minusone_rt___tsan_read8(at); }

// GCC announces a struct copy by write_range, then read_range, and then copies: the write comes
// after both. So a write of a range is held back: a read_range that follows makes it one copy step;
// anything else that is announced finds the bytes written, takes them back and announces the write.
MINUSONE_HOOK void minusone_rt___tsan_write_range(void* at, std::size_t bytes) {
  if (!is_step(at)) {
    CHECK_OWN(at, bytes, BadAccess::writes);
    return note_private_write(at);
  }
  MINUSONE_CALLED_HERE;
  auto& delayed = minusone_runtime->current->delayed_write;
  if (delayed.bytes != 0) flush_delayed_write();
  delayed = {static_cast<std::byte*>(at), bytes, static_cast<std::byte*>(std::malloc(bytes))};
  std::memcpy(delayed.before, at, bytes);
}

MINUSONE_HOOK void minusone_rt___tsan_read_range(void* at, std::size_t bytes) {
  if (minusone_runtime->current == nullptr) return;
  MINUSONE_CALLED_HERE;
  auto& delayed = minusone_runtime->current->delayed_write;
  if (delayed.bytes == bytes && std::memcmp(delayed.at, delayed.before, bytes) == 0) {
    std::byte* const to = delayed.at;
    std::free(delayed.before);
    delayed = {};
    // The compiled code copies once more when it is resumed: the same bytes, in the same step.
    minusone_announce(code_of(Action::copy), address(to), address(at), bytes);
    return;
  }
  if (is_shared(at)) {
    announce(code_of(Action::range_read), address(at), bytes);
  } else {
    check_private(at, bytes, BadAccess::reads);
  }
}

void minusone::runtime::flush_delayed_write() {
  auto& delayed = minusone_runtime->current->delayed_write;
  std::byte* const at = delayed.at;
  const std::size_t bytes = delayed.bytes;
  if (bytes > most_held)
    not_modelled("a struct of more than 64 KiB is copied: use memcpy() for it");
  auto* const written = static_cast<std::byte*>(alloca(bytes));
  std::memcpy(written, at, bytes);
  std::memcpy(at, delayed.before, bytes);
  std::free(delayed.before);
  delayed = {};
  minusone_announce(code_of(Action::copy), address(at), address(written), bytes);
}

std::uint64_t minusone::runtime::flush_and_announce(std::uint64_t code, std::uint64_t a,
                                                    std::uint64_t b, std::uint64_t c,
                                                    std::uint64_t d, std::uint64_t e) {
  flush_delayed_write();
  return minusone_announce(code, a, b, c, d, e);
}

// What the compiler's ThreadSanitizer pass puts where clang or GCC copies memory.
MINUSONE_HOOK void* minusone_rt___tsan_memcpy(void* to, const void* from, std::size_t bytes) {
  MINUSONE_CALLED_HERE;
  copy(to, from, bytes);
  return to;
}
MINUSONE_HOOK void* minusone_rt___tsan_memmove(void* to, const void* from, std::size_t bytes) {
  MINUSONE_CALLED_HERE;
  copy(to, from, bytes);
  return to;
}
MINUSONE_HOOK void* minusone_rt___tsan_memset(void* at, int byte, std::size_t bytes) {
  MINUSONE_CALLED_HERE;
  fill(at, byte, bytes);
  return at;
}
