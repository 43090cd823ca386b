// Atomic accesses, performed here: the access and what it hands over are one, under the lock of the
// address's SyncObject. [intro.races] and [atomics.fences] of C++20 say what each order means.
//
// A release joins what it releases before the value can be seen, and takes away what a store ends
// behind it: whoever is killed in between leaves an object that orders too much, never too little.
#include <cstdint>

#include "stress/watch/runtime.h"

namespace minusone::watch {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

bool acquires(int order) {
  return order == __ATOMIC_ACQUIRE || order == __ATOMIC_CONSUME || order == __ATOMIC_ACQ_REL ||
         order == __ATOMIC_SEQ_CST;
}
bool releases(int order) {
  return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}
/// Without the hints for hardware lock elision that GCC adds.
int plain(int order) { return order & 0x7fff; }

/// Which versions of which objects the caller's thread knows already.
struct Known {
  const SyncObject* sync;
  std::uint64_t version;
  bool is_acquired;
};
constexpr unsigned most_known = 8;
thread_local Known known[most_known] __attribute__((tls_model("initial-exec")));

Known& known_of(const SyncObject& sync) {
  return known[reinterpret_cast<std::uintptr_t>(&sync) / sizeof(SyncObject) % most_known];
}

bool knows(const SyncObject& sync, std::uint64_t version, bool acquiring) {
  const Known& found = known_of(sync);
  return found.sync == &sync && found.version == version && (found.is_acquired || !acquiring);
}

/// Under the object's lock.
void take_over(const Self& mine, SyncObject& sync, bool acquiring) {
  const auto version = sync.version.load(relaxed);
  if (knows(sync, version, acquiring)) return;
  known_of(sync) = {&sync, version, acquiring};
  if (acquiring) return acquire(mine, sync);
  if (!mine.slot().has_seen.load(relaxed)) {
    clear(mine.arena(), mine.slot().seen);
    mine.slot().has_seen.store(true, relaxed);
  }
  join(mine.arena(), mine.slot().seen, sync.clock);
}

/// Under the object's lock.
void hand_over(const Self& mine, SyncObject& sync, bool releasing) {
  if (releasing) return release(mine, sync);
  if (!mine.slot().has_released.load(relaxed)) return;
  join(mine.arena(), sync.clock, mine.slot().released);
  sync.version.fetch_add(1, relaxed);
}

template <class T>
void touch_atomic(const volatile T* at, bool is_write, const void* call) {
  const auto address = reinterpret_cast<std::uintptr_t>(at);
  if (here.segments.may_hold(address)) touch(address, sizeof(T), is_write, true, call);
}

/// The object of an access that releases, or may; else the one that there is already.
SyncObject* object_for(const Self& mine, const volatile void* at, bool releasing) {
  if (!mine.is_there()) return nullptr;
  const auto* const address = const_cast<const void*>(at);
  if (releasing || mine.slot().has_released.load(relaxed)) return sync_of(address);
  return known_sync_of(address);
}

void has_done(const Self& mine, bool releasing, bool acquiring, const void* call) {
  if (releasing) mine.tick();
  if (releasing || acquiring) mine.is_doing(Doing::atomic_access, site_of(call));
}

// GCC calls libatomic for 16 bytes, which need not know the instruction; __sync_ names it.
template <class T>
T load_now(const volatile T* at) {
  if constexpr (sizeof(T) == 16) {
    return __sync_val_compare_and_swap(const_cast<volatile T*>(at), T{0}, T{0});
  } else {
    return __atomic_load_n(at, __ATOMIC_SEQ_CST);
  }
}

template <class T>
bool swap_now(volatile T* at, T& expected, T value) {
  const T found = __sync_val_compare_and_swap(at, expected, value);
  const bool done = found == expected;
  expected = found;
  return done;
}

/// @param change  (T): the new value for an old one
template <class T, class Change>
T change_now(volatile T* at, const Change& change) {
  T old = load_now(at);
  while (!swap_now(at, old, static_cast<T>(change(old)))) {
  }
  return old;
}

template <class T>
T load(const volatile T* at, int order, const void* call) {
  touch_atomic(at, false, call);
  const Self& mine = self();
  const bool acquiring = acquires(plain(order));
  SyncObject* sync = object_for(mine, at, false);
  if (sync == nullptr) {
    const T value = load_now(at);
    // Who releases makes the object before the value can be seen.
    if (!mine.is_there() || (sync = known_sync_of(const_cast<const T*>(at))) == nullptr)
      return value;
  }
  const auto version = sync->version.load(std::memory_order_acquire);
  if (knows(*sync, version, acquiring)) {
    const T value = load_now(at);
    if (sync->version.load(std::memory_order_acquire) == version) return value;
  }
  const RobustGuard guard(sync->lock);
  const T value = load_now(at);
  take_over(mine, *sync, acquiring);
  has_done(mine, false, acquiring, call);
  return value;
}

template <class T>
void store_now(volatile T* at, T value) {
  if constexpr (sizeof(T) == 16) {
    change_now(at, [&](T) { return value; });
  } else {
    __atomic_store_n(at, value, __ATOMIC_SEQ_CST);
  }
}

template <class T>
void store(volatile T* at, T value, int order, const void* call) {
  touch_atomic(at, true, call);
  const Self& mine = self();
  const bool releasing = releases(plain(order));
  SyncObject* const sync = object_for(mine, at, releasing);
  if (sync == nullptr) return store_now(at, value);
  {
    const RobustGuard guard(sync->lock);
    hand_over(mine, *sync, releasing);
    store_now(at, value);
    keep_only(mine, *sync,
              releasing                                ? &mine.slot().clock
              : mine.slot().has_released.load(relaxed) ? &mine.slot().released
                                                       : nullptr);
  }
  has_done(mine, releasing, false, call);
}

template <class T, class Change>
T update(volatile T* at, int order, const void* call, const Change& change) {
  touch_atomic(at, true, call);
  const Self& mine = self();
  const bool releasing = releases(plain(order)), acquiring = acquires(plain(order));
  SyncObject* sync = object_for(mine, at, releasing);
  if (sync == nullptr) {
    const T old = change_now(at, change);
    if (!mine.is_there() || (sync = known_sync_of(const_cast<const T*>(at))) == nullptr) return old;
    const RobustGuard guard(sync->lock);
    take_over(mine, *sync, acquiring);
    return old;
  }
  T old;
  {
    const RobustGuard guard(sync->lock);
    hand_over(mine, *sync, releasing);
    old = change_now(at, change);
    take_over(mine, *sync, acquiring);
  }
  has_done(mine, releasing, acquiring, call);
  return old;
}

template <class T>
bool compare_and_swap(volatile T* at, T* expected, T value, int order, int failure,
                      const void* call) {
  const Self& mine = self();
  const bool releasing = releases(plain(order));
  SyncObject* sync = object_for(mine, at, releasing);
  if (sync == nullptr) {
    const bool done = swap_now(at, *expected, value);
    touch_atomic(at, done, call);
    if (!mine.is_there() || (sync = known_sync_of(const_cast<const T*>(at))) == nullptr)
      return done;
    const RobustGuard guard(sync->lock);
    take_over(mine, *sync, acquires(plain(done ? order : failure)));
    return done;
  }
  bool done = false;
  {
    const RobustGuard guard(sync->lock);
    // Whoever is watched changes it under this lock only, so what is found now stays.
    if (load_now(at) == *expected) hand_over(mine, *sync, releasing);
    done = swap_now(at, *expected, value);
    take_over(mine, *sync, acquires(plain(done ? order : failure)));
  }
  touch_atomic(at, done, call);
  has_done(mine, releasing && done, acquires(plain(done ? order : failure)), call);
  return done;
}

void fence(int order, const void* call) {
  const Self& mine = self();
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  if (!mine.is_there()) return;
  Slot& slot = mine.slot();
  if (acquires(plain(order)) && slot.has_seen.load(relaxed))
    join(mine.arena(), slot.clock, slot.seen);
  if (releases(plain(order))) {
    copy(mine.arena(), slot.released, slot.clock);
    slot.has_released.store(true, relaxed);
    mine.tick();
  }
  mine.is_doing(Doing::fence, site_of(call));
}

using Word8 = std::uint8_t;
using Word16 = std::uint16_t;
using Word32 = std::uint32_t;
using Word64 = std::uint64_t;
__extension__ using Word128 = unsigned __int128;

}  // namespace
}  // namespace minusone::watch

extern "C" {

using namespace minusone::watch;

#define UPDATE(bits, name, result)                                                               \
  Word##bits __tsan_atomic##bits##_##name(volatile Word##bits* at, Word##bits with, int order) { \
    return update(at, order, MINUSONE_CALL, [&](Word##bits old) { return result; });             \
  }
#define ATOMICS(bits)                                                                              \
  Word##bits __tsan_atomic##bits##_load(const volatile Word##bits* at, int order) {                \
    return load(at, order, MINUSONE_CALL);                                                         \
  }                                                                                                \
  void __tsan_atomic##bits##_store(volatile Word##bits* at, Word##bits value, int order) {         \
    store(at, value, order, MINUSONE_CALL);                                                        \
  }                                                                                                \
  UPDATE(bits, exchange, ((void)old, with))                                                        \
  UPDATE(bits, fetch_add, old + with)                                                              \
  UPDATE(bits, fetch_sub, old - with)                                                              \
  UPDATE(bits, fetch_and, old& with)                                                               \
  UPDATE(bits, fetch_or, old | with)                                                               \
  UPDATE(bits, fetch_xor, old ^ with)                                                              \
  UPDATE(bits, fetch_nand, ~(old & with))                                                          \
  int __tsan_atomic##bits##_compare_exchange_strong(volatile Word##bits* at, Word##bits* expected, \
                                                    Word##bits value, int order, int failure) {    \
    return compare_and_swap(at, expected, value, order, failure, MINUSONE_CALL);                   \
  }                                                                                                \
  int __tsan_atomic##bits##_compare_exchange_weak(volatile Word##bits* at, Word##bits* expected,   \
                                                  Word##bits value, int order, int failure) {      \
    return compare_and_swap(at, expected, value, order, failure, MINUSONE_CALL);                   \
  }                                                                                                \
  Word##bits __tsan_atomic##bits##_compare_exchange_val(                                           \
      volatile Word##bits* at, Word##bits expected, Word##bits value, int order, int failure) {    \
    compare_and_swap(at, &expected, value, order, failure, MINUSONE_CALL);                         \
    return expected;                                                                               \
  }
ATOMICS(8)
ATOMICS(16)
ATOMICS(32)
ATOMICS(64)
ATOMICS(128)
#undef ATOMICS
#undef UPDATE

void __tsan_atomic_thread_fence(int order) { fence(order, MINUSONE_CALL); }
void __tsan_atomic_signal_fence(int) {}

}  // extern "C"
