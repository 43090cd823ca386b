// An arena per agent that only grows and starts anew with each execution: addresses repeat, and an
// agent that is abandoned in the middle of its work leaks nothing.
#include <cstdlib>
#include <new>

#include "stress/instrument/runtime.h"

using namespace minusone;
using namespace minusone::runtime;

namespace {

struct Block {
  std::size_t bytes;
  std::size_t magic;
};

void* allocate(std::size_t bytes, std::size_t alignment = 16) {
  Context* const agent = minusone_current;
  if (agent == nullptr)
    return std::aligned_alloc(alignment, (bytes + alignment) & ~(alignment - 1));
  agent->private_effect = true;
  auto at = reinterpret_cast<std::uintptr_t>(agent->heap_next) + sizeof(Block);
  at = (at + alignment - 1) & ~(alignment - 1);
  if (bytes > static_cast<std::size_t>(agent->heap_high - agent->heap_low) ||
      at + bytes > reinterpret_cast<std::uintptr_t>(agent->heap_high)) {
    errno = ENOMEM;
    return nullptr;
  }
  reinterpret_cast<Block*>(at)[-1] = {bytes, 0x6d696e7573};
  agent->heap_next = reinterpret_cast<std::byte*>(at + bytes);
  return reinterpret_cast<void*>(at);
}

void release(void* at) {
  if (at == nullptr) return;
  Context* const agent = minusone_current;
  if (agent == nullptr) return std::free(at);
  agent->private_effect = true;
}

void* allocate_or_throw(std::size_t bytes, std::size_t alignment = 16) {
  void* const at = allocate(bytes, alignment);
  if (at == nullptr) throw std::bad_alloc();
  return at;
}

}  // namespace

MINUSONE_HOOK void* minusone_rt_malloc(std::size_t bytes) { return allocate(bytes); }
MINUSONE_HOOK void* minusone_rt_calloc(std::size_t count, std::size_t bytes) {
  std::size_t total;
  if (__builtin_mul_overflow(count, bytes, &total)) return nullptr;
  void* const at = allocate(total);
  if (at != nullptr) std::memset(at, 0, total);
  return at;
}
MINUSONE_HOOK void* minusone_rt_realloc(void* old, std::size_t bytes) {
  if (minusone_current == nullptr) return std::realloc(old, bytes);
  void* const at = allocate(bytes);
  if (at != nullptr && old != nullptr) {
    const std::size_t before = static_cast<Block*>(old)[-1].bytes;
    copy(at, old, before < bytes ? before : bytes);
  }
  return at;
}
MINUSONE_HOOK void* minusone_rt_aligned_alloc(std::size_t alignment, std::size_t bytes) {
  return allocate(bytes, alignment);
}
MINUSONE_HOOK void minusone_rt_free(void* at) { release(at); }

// operator new and delete, in all their forms.
MINUSONE_HOOK void* minusone_rt__Znwm(std::size_t n) { return allocate_or_throw(n); }
MINUSONE_HOOK void* minusone_rt__Znam(std::size_t n) { return allocate_or_throw(n); }
MINUSONE_HOOK void* minusone_rt__ZnwmSt11align_val_t(std::size_t n, std::size_t alignment) {
  return allocate_or_throw(n, alignment);
}
MINUSONE_HOOK void* minusone_rt__ZnamSt11align_val_t(std::size_t n, std::size_t alignment) {
  return allocate_or_throw(n, alignment);
}
MINUSONE_HOOK void* minusone_rt__ZnwmRKSt9nothrow_t(std::size_t n, const void*) {
  return allocate(n);
}
MINUSONE_HOOK void minusone_rt__ZdlPv(void* at) { release(at); }
MINUSONE_HOOK void minusone_rt__ZdaPv(void* at) { release(at); }
MINUSONE_HOOK void minusone_rt__ZdlPvm(void* at, std::size_t) { release(at); }
MINUSONE_HOOK void minusone_rt__ZdaPvm(void* at, std::size_t) { release(at); }
MINUSONE_HOOK void minusone_rt__ZdlPvmSt11align_val_t(void* at, std::size_t, std::size_t) {
  release(at);
}
MINUSONE_HOOK void minusone_rt__ZdlPvSt11align_val_t(void* at, std::size_t) { release(at); }
