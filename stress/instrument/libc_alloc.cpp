// An arena per agent that only grows and starts anew with each execution: addresses repeat, and an
// agent that is abandoned in the middle of its work leaks nothing. Freed memory is not used again,
// so that a second free(), or one of what was never allocated, is always told.
#include <cstdlib>
#include <new>

#include "stress/instrument/heap_block.h"
#include "stress/instrument/runtime.h"

using namespace minusone;
using namespace minusone::runtime;

/// Of LeakSanitizer, where the program is built with it (sanitizer/lsan_interface.h).
extern "C" __attribute__((weak)) void __lsan_ignore_object(const void*);

namespace {

void* allocate_while_loading(std::size_t bytes, std::size_t alignment) {
  LoadHeap& heap = minusone_runtime->load_heap;
  if (heap.low == nullptr) {
    void* const at = std::aligned_alloc(alignment, (bytes + alignment) & ~(alignment - 1));
    // The destructors of a module's globals are not run: what they hold is no leak of ours.
    if (__lsan_ignore_object != nullptr) __lsan_ignore_object(at);
    return at;
  }
  auto at = reinterpret_cast<std::uintptr_t>(heap.next) + sizeof(HeapBlock);
  at = (at + alignment - 1) & ~(alignment - 1);
  const auto room = reinterpret_cast<std::uintptr_t>(heap.high) - at;
  if (at > reinterpret_cast<std::uintptr_t>(heap.high) || bytes > room) return nullptr;
  reinterpret_cast<HeapBlock*>(at)[-1] = {nullptr, nullptr, bytes, HeapBlock::in_use};
  heap.next = reinterpret_cast<std::byte*>(at + bytes);
  return reinterpret_cast<void*>(at);
}

void* allocate(std::size_t bytes, std::size_t alignment = 16) {
  Context* const agent = minusone_runtime->current;
  if (agent == nullptr) return allocate_while_loading(bytes, alignment);
  agent->private_effect = true;
  auto at = reinterpret_cast<std::uintptr_t>(agent->heap_next) + sizeof(HeapBlock);
  at = (at + alignment - 1) & ~(alignment - 1);
  if (bytes > static_cast<std::size_t>(agent->heap_high - agent->heap_low) ||
      at + bytes > reinterpret_cast<std::uintptr_t>(agent->heap_high)) {
    errno = ENOMEM;
    return nullptr;
  }
  // Of an earlier execution nothing may show: it would tell equal executions apart. Nor is memory
  // that malloc() gives zeroed: what is used there without having been initialised is to show.
  std::memset(reinterpret_cast<void*>(at), 0xa5, bytes);
  auto& block = reinterpret_cast<HeapBlock*>(at)[-1];
  block = {agent->last_block, agent->pc, bytes, HeapBlock::in_use};
  agent->last_block = &block;
  agent->heap_next = reinterpret_cast<std::byte*>(at + bytes);
  return reinterpret_cast<void*>(at);
}

/// Whether an agent's arena holds it. What was allocated while the module was loaded lies in none.
bool is_of_an_agent(const Context& agent, const void* at) {
  const bool is_own = at >= agent.heap_low && at < agent.heap_high;
  const auto& heap = minusone_runtime->shared[1];  // of all threads; of processes, empty
  return is_own || reinterpret_cast<std::uintptr_t>(at) - heap.base < heap.bytes;
}

void release(void* at) {
  if (at == nullptr) return;
  Context* const agent = minusone_runtime->current;
  const auto& loaded = minusone_runtime->load_heap;
  if (agent == nullptr && at >= loaded.low && at < loaded.high) return;
  if (agent == nullptr) return std::free(at);
  agent->private_effect = true;
  if (!is_of_an_agent(*agent, at)) return;
  auto& block = static_cast<HeapBlock*>(at)[-1];
  if (block.state == HeapBlock::freed) violation("free() or delete of memory that is free already");
  if (block.state != HeapBlock::in_use)
    violation("free() or delete of an address that malloc() or new did not return");
  block.state = HeapBlock::freed;
  // Where threads share the heap this is a step like a write to all of it: who uses the memory
  // meanwhile races with it, and who uses it later finds that it is gone.
  if (is_step(at) && block.bytes > 0)
    announce(code_of(Action::fill), address(at), block.bytes, 0xdd);
}

void* allocate_or_throw(std::size_t bytes, std::size_t alignment = 16) {
  void* const at = allocate(bytes, alignment);
  if (at == nullptr) throw std::bad_alloc();
  return at;
}

}  // namespace

MINUSONE_HOOK void* minusone_rt_malloc(std::size_t bytes) {
  MINUSONE_CALLED_HERE;
  return allocate(bytes);
}
MINUSONE_HOOK void* minusone_rt_calloc(std::size_t count, std::size_t bytes) {
  MINUSONE_CALLED_HERE;
  std::size_t total;
  if (__builtin_mul_overflow(count, bytes, &total)) return nullptr;
  void* const at = allocate(total);
  if (at != nullptr) std::memset(at, 0, total);
  return at;
}
MINUSONE_HOOK void* minusone_rt_realloc(void* old, std::size_t bytes) {
  if (minusone_runtime->current == nullptr && minusone_runtime->load_heap.low == nullptr)
    return std::realloc(old, bytes);
  MINUSONE_CALLED_HERE;
  void* const at = allocate(bytes);
  if (at != nullptr && old != nullptr) {
    const std::size_t before = static_cast<HeapBlock*>(old)[-1].bytes;
    copy(at, old, before < bytes ? before : bytes);
    release(old);
  }
  return at;
}
MINUSONE_HOOK void* minusone_rt_aligned_alloc(std::size_t alignment, std::size_t bytes) {
  MINUSONE_CALLED_HERE;
  return allocate(bytes, alignment);
}
MINUSONE_HOOK void minusone_rt_free(void* at) {
  MINUSONE_CALLED_HERE;
  release(at);
}

// operator new and delete, in all their forms.
MINUSONE_HOOK void* minusone_rt__Znwm(std::size_t n) {
  MINUSONE_CALLED_HERE;
  return allocate_or_throw(n);
}
MINUSONE_HOOK void* minusone_rt__Znam(std::size_t n) {
  MINUSONE_CALLED_HERE;
  return allocate_or_throw(n);
}
MINUSONE_HOOK void* minusone_rt__ZnwmSt11align_val_t(std::size_t n, std::size_t alignment) {
  MINUSONE_CALLED_HERE;
  return allocate_or_throw(n, alignment);
}
MINUSONE_HOOK void* minusone_rt__ZnamSt11align_val_t(std::size_t n, std::size_t alignment) {
  MINUSONE_CALLED_HERE;
  return allocate_or_throw(n, alignment);
}
MINUSONE_HOOK void* minusone_rt__ZnwmRKSt9nothrow_t(std::size_t n, const void*) {
  MINUSONE_CALLED_HERE;
  return allocate(n);
}
MINUSONE_HOOK void minusone_rt__ZdlPv(void* at) {
  MINUSONE_CALLED_HERE;
  release(at);
}
MINUSONE_HOOK void minusone_rt__ZdaPv(void* at) {
  MINUSONE_CALLED_HERE;
  release(at);
}
MINUSONE_HOOK void minusone_rt__ZdlPvm(void* at, std::size_t) {
  MINUSONE_CALLED_HERE;
  release(at);
}
MINUSONE_HOOK void minusone_rt__ZdaPvm(void* at, std::size_t) {
  MINUSONE_CALLED_HERE;
  release(at);
}
MINUSONE_HOOK void minusone_rt__ZdlPvmSt11align_val_t(void* at, std::size_t, std::size_t) {
  MINUSONE_CALLED_HERE;
  release(at);
}
MINUSONE_HOOK void minusone_rt__ZdlPvSt11align_val_t(void* at, std::size_t) {
  MINUSONE_CALLED_HERE;
  release(at);
}
MINUSONE_HOOK void minusone_rt__ZdaPvSt11align_val_t(void* at, std::size_t) {
  MINUSONE_CALLED_HERE;
  release(at);
}
MINUSONE_HOOK void minusone_rt__ZdaPvmSt11align_val_t(void* at, std::size_t, std::size_t) {
  MINUSONE_CALLED_HERE;
  release(at);
}
MINUSONE_HOOK void minusone_rt__ZdlPvRKSt9nothrow_t(void* at, const void*) {
  MINUSONE_CALLED_HERE;
  release(at);
}
MINUSONE_HOOK void* minusone_rt__ZnamRKSt9nothrow_t(std::size_t n, const void*) {
  MINUSONE_CALLED_HERE;
  return allocate(n);
}
