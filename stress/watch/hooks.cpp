// What the compiler's ThreadSanitizer pass calls before each access that is not atomic. C names of
// its choice; each returns at once for memory that is this process's own.
#include <cstring>

#include "stress/watch/real_calls.h"
#include "stress/watch/runtime.h"

using minusone::watch::begin_watch;
using minusone::watch::here;
using minusone::watch::reads;
using minusone::watch::touch;
using minusone::watch::touch_word;
using minusone::watch::writes;

namespace {

inline void hook(void* pointer, std::size_t size, bool is_write, const void* call) {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  if (!here.segments.may_hold(address)) return;
  if (address % 8 + size <= 8) return touch_word(address, size, is_write, call);
  touch(address, size, is_write, false, call);
}

}  // namespace

extern "C" {

void __tsan_init() { begin_watch(); }
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_ignore_thread_begin() {}
void __tsan_ignore_thread_end() {}

#define HOOKS(prefix, size)                                                            \
  void __tsan_##prefix##read##size(void* at) { hook(at, size, false, MINUSONE_CALL); } \
  void __tsan_##prefix##write##size(void* at) { hook(at, size, true, MINUSONE_CALL); } \
  void __tsan_##prefix##read_write##size(void* at) { hook(at, size, true, MINUSONE_CALL); }
HOOKS(, 1)
HOOKS(, 2)
HOOKS(, 4)
HOOKS(, 8)
HOOKS(, 16)
HOOKS(unaligned_, 2)
HOOKS(unaligned_, 4)
HOOKS(unaligned_, 8)
HOOKS(unaligned_, 16)
HOOKS(volatile_, 1)
HOOKS(volatile_, 2)
HOOKS(volatile_, 4)
HOOKS(volatile_, 8)
HOOKS(volatile_, 16)
HOOKS(unaligned_volatile_, 2)
HOOKS(unaligned_volatile_, 4)
HOOKS(unaligned_volatile_, 8)
HOOKS(unaligned_volatile_, 16)
#undef HOOKS

void __tsan_read_range(void* at, std::size_t size) { reads(at, size, MINUSONE_CALL); }
void __tsan_write_range(void* at, std::size_t size) { writes(at, size, MINUSONE_CALL); }
void __tsan_vptr_read(void** at) { hook(at, sizeof *at, false, MINUSONE_CALL); }
void __tsan_vptr_update(void** at, void* to) {
  // A constructor stores again what its base's has: no other value can be seen.
  if (*at != to) hook(at, sizeof *at, true, MINUSONE_CALL);
}

void* __tsan_memcpy(void* to, const void* from, std::size_t size) {
  reads(from, size, MINUSONE_CALL);
  writes(to, size, MINUSONE_CALL);
  return MINUSONE_REAL(memcpy)(to, from, size);
}
void* __tsan_memmove(void* to, const void* from, std::size_t size) {
  reads(from, size, MINUSONE_CALL);
  writes(to, size, MINUSONE_CALL);
  return MINUSONE_REAL(memmove)(to, from, size);
}
void* __tsan_memset(void* to, int value, std::size_t size) {
  writes(to, size, MINUSONE_CALL);
  return MINUSONE_REAL(memset)(to, value, size);
}

}  // extern "C"
