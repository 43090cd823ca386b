// Atomic accesses of 1 to 16 bytes and fences, with the memory orders as written. The engine
// performs them (perform.cpp), so that it may also decide what a load returns. On private memory
// they are performed here.
#include <atomic>

#include "stress/instrument/runtime.h"

using namespace minusone;
using namespace minusone::runtime;

namespace {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using u128 = unsigned __int128;

template <class T>
constexpr unsigned size_of = sizeof(T);

template <class T>
u64 upper(T value) {
  if constexpr (sizeof(T) == 16) return static_cast<u64>(value >> 64);
  return 0;
}

// Results of 16 bytes come back in two registers, which minusone_announce leaves as they are.
extern "C" u128 announce_wide(u64, u64, u64, u64, u64, u64) asm("minusone_announce");

template <class T>
T announced(u64 code, u64 a, u64 b = 0, u64 c = 0, u64 d = 0, u64 e = 0) {
  if constexpr (sizeof(T) == 16) {
    if (minusone_runtime->current->delayed_write.bytes != 0) flush_delayed_write();
    return announce_wide(code, a, b, c, d, e);
  } else {
    return static_cast<T>(announce(code, a, b, c, d, e));
  }
}

/// Before an access that is no step.
template <class T>
void check_alone(const void* pc, const volatile T* at, BadAccess kind) {
  if (minusone_runtime->owned == nullptr) return;
  if (minusone_runtime->current != nullptr) minusone_runtime->current->pc = pc;
  check_private(const_cast<const T*>(at), sizeof(T), kind);
}

template <class T>
T load(const void* pc, const volatile T* at, int order) {
  if (is_step(const_cast<T*>(at))) {
    minusone_runtime->current->pc = pc;
    return announced<T>(code_of(Action::atomic_load, size_of<T>, order), address(at));
  }
  check_alone(pc, at, BadAccess::reads);
  return *at;
}

template <class T>
void store(const void* pc, volatile T* at, T value, int order) {
  if (is_step(const_cast<T*>(at))) {
    minusone_runtime->current->pc = pc;
    announced<T>(code_of(Action::atomic_store, size_of<T>, order), address(at),
                 static_cast<u64>(value), upper(value));
    return;
  }
  check_alone(pc, at, BadAccess::writes);
  note_private_write(const_cast<T*>(at));
  *at = value;
}

template <class T, class Update>
T update(const void* pc, Action action, volatile T* at, T value, int order, Update changed) {
  if (is_step(const_cast<T*>(at))) {
    minusone_runtime->current->pc = pc;
    return announced<T>(code_of(action, size_of<T>, order), address(at), static_cast<u64>(value),
                        upper(value));
  }
  check_alone(pc, at, BadAccess::writes);
  note_private_write(const_cast<T*>(at));
  const T old = *at;
  *at = static_cast<T>(changed(old, value));
  return old;
}

template <class T>
T compare_exchange(const void* pc, volatile T* at, T expected, T desired, int order, int failure) {
  if (is_step(const_cast<T*>(at))) {
    minusone_runtime->current->pc = pc;
    return announced<T>(code_of(Action::atomic_cas, size_of<T>, order, failure), address(at),
                        static_cast<u64>(expected), static_cast<u64>(desired), upper(expected),
                        upper(desired));
  }
  check_alone(pc, at, BadAccess::writes);
  note_private_write(const_cast<T*>(at));
  const T old = *at;
  if (old == expected) *at = desired;
  return old;
}

// The form that hands the old value back through a pointer: the engine writes it, so that nothing
// of the hook stays on the stack while a loop around it waits: announcing is a tail call, if this
// is inlined.
template <class T>
[[gnu::always_inline]] inline int succeeds(const void* pc, volatile T* at, T* expected, T desired,
                                           int order, int failure, std::uint64_t weak = 0) {
  if constexpr (sizeof(T) < 16) {
    if (is_step(const_cast<T*>(at)) && !is_shared(expected)) {
      minusone_runtime->current->pc = pc;
      return static_cast<int>(
          announce(code_of(Action::atomic_cas, size_of<T>, order, failure) | weak, address(at),
                   static_cast<u64>(*expected), static_cast<u64>(desired), address(expected)));
    }
  }
  const T wanted = *expected;
  const T old = compare_exchange(pc, at, wanted, desired, order, failure);
  *expected = old;
  return old == wanted;
}

}  // namespace

#define HERE __builtin_return_address(0)
#define UPDATE(bits, T, hook, action, expression)                                                \
  MINUSONE_HOOK T minusone_rt___tsan_atomic##bits##_##hook(volatile T* at, T value, int order) { \
    return update(HERE, Action::action, at, value, order, [](T old, T v) {                       \
      (void)old;                                                                                 \
      return expression;                                                                         \
    });                                                                                          \
  }
#define ATOMICS(bits, T)                                                                           \
  MINUSONE_HOOK T minusone_rt___tsan_atomic##bits##_load(const volatile T* at, int order) {        \
    return load(HERE, at, order);                                                                  \
  }                                                                                                \
  MINUSONE_HOOK void minusone_rt___tsan_atomic##bits##_store(volatile T* at, T value, int order) { \
    store(HERE, at, value, order);                                                                 \
  }                                                                                                \
  UPDATE(bits, T, exchange, atomic_exchange, v)                                                    \
  UPDATE(bits, T, fetch_add, atomic_add, old + v)                                                  \
  UPDATE(bits, T, fetch_sub, atomic_sub, old - v)                                                  \
  UPDATE(bits, T, fetch_and, atomic_and, old& v)                                                   \
  UPDATE(bits, T, fetch_or, atomic_or, old | v)                                                    \
  UPDATE(bits, T, fetch_xor, atomic_xor, old ^ v)                                                  \
  UPDATE(bits, T, fetch_nand, atomic_nand, ~(old & v))                                             \
  MINUSONE_HOOK int minusone_rt___tsan_atomic##bits##_compare_exchange_strong(                     \
      volatile T* at, T* expected, T desired, int order, int failure) {                            \
    return succeeds(HERE, at, expected, desired, order, failure);                                  \
  }                                                                                                \
  MINUSONE_HOOK int minusone_rt___tsan_atomic##bits##_compare_exchange_weak(                       \
      volatile T* at, T* expected, T desired, int order, int failure) {                            \
    return succeeds(HERE, at, expected, desired, order, failure, weak_code);                       \
  }                                                                                                \
  MINUSONE_HOOK T minusone_rt___tsan_atomic##bits##_compare_exchange_val(                          \
      volatile T* at, T expected, T desired, int order, int failure) {                             \
    return compare_exchange(HERE, at, expected, desired, order, failure);                          \
  }
ATOMICS(8, u8)
ATOMICS(16, u16)
ATOMICS(32, u32)
ATOMICS(64, u64)
ATOMICS(128, u128)

MINUSONE_HOOK void minusone_rt___tsan_atomic_thread_fence(int order) {
  if (minusone_runtime->current == nullptr) return;
  minusone_runtime->current->pc = HERE;
  announce(code_of(Action::fence, 0, order));
}
// Orders against a signal handler of the same agent only.
MINUSONE_HOOK void minusone_rt___tsan_atomic_signal_fence(int) {}
