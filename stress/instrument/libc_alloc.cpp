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

/// PTRDIFF_MAX: glibc refuses more (malloc(3)).
constexpr std::size_t most = SIZE_MAX / 2;

void enter(std::uintptr_t at, std::size_t bytes) {
  const Heaps& heaps = minusone_runtime->heaps;
  if (at - heaps.base < heaps.bytes) enter_block(heaps, at, bytes);
}

void* allocate_while_loading(std::size_t bytes, std::size_t alignment) {
  LoadHeap& heap = minusone_runtime->load_heap;
  if (bytes > most) return nullptr;
  if (heap.low == nullptr) {
    void* const at = std::aligned_alloc(alignment, (bytes + alignment) & ~(alignment - 1));
    // The destructors of a module's globals are not run: what they hold is no leak of ours.
    if (__lsan_ignore_object != nullptr) __lsan_ignore_object(at);
    return at;
  }
  auto at = reinterpret_cast<std::uintptr_t>(heap.next) + sizeof(HeapBlock);
  at = (at + alignment - 1) & ~(alignment - 1);
  if (at + bytes >= reinterpret_cast<std::uintptr_t>(heap.high)) {
    if (minusone_runtime->loading.in_constructors)
      end_loading("it allocates more than the 1 MiB that there is before main()");
    return nullptr;
  }
  reinterpret_cast<HeapBlock*>(at)[-1] = {.previous = nullptr, .pc = nullptr, .bytes = bytes};
  enter(at, bytes);
  heap.next = reinterpret_cast<std::byte*>(at + (bytes == 0 ? 1 : bytes));
  return reinterpret_cast<void*>(at);
}

/// @param alignment  a power of two, of malloc()'s or more
void* allocate(std::size_t bytes, std::size_t alignment = heap_granule) {
  Context* const agent = minusone_runtime->current;
  if (agent == nullptr) return allocate_while_loading(bytes, alignment);
  agent->private_effect = true;
  auto at = reinterpret_cast<std::uintptr_t>(agent->heap_next) + sizeof(HeapBlock);
  at = (at + alignment - 1) & ~(alignment - 1);
  if (bytes > most) {
    errno = ENOMEM;
    return nullptr;
  }
  if (at + bytes >= reinterpret_cast<std::uintptr_t>(agent->heap_high))
    announce(code_of(Action::limit_met));
  // Of an earlier execution nothing may show: it would tell equal executions apart. Nor is memory
  // that malloc() gives zeroed: what is used there without having been initialised is to show.
  std::memset(reinterpret_cast<void*>(at), 0xa5, bytes);
  auto& block = reinterpret_cast<HeapBlock*>(at)[-1];
  block = {.previous = agent->last_block, .pc = agent->pc, .bytes = bytes, .agent = agent->id};
  enter(at, bytes);
  agent->last_block = &block;
  agent->heap_next = reinterpret_cast<std::byte*>(at + (bytes == 0 ? 1 : bytes));
  return reinterpret_cast<void*>(at);
}

/// What the machine tells of a call that frees what cannot be freed.
[[noreturn]] void bad_free(const void* at) {
  announce(code_of(Action::bad_access), address(at), 0,
           static_cast<std::uint64_t>(BadAccess::frees));
  __builtin_unreachable();
}

bool lies_in(std::uintptr_t at, std::uintptr_t base, std::uintptr_t bytes) {
  return at - base < bytes;
}

/// The block that free() or realloc() is given; null: of nobody's heap, such as what the C library
/// has allocated for itself. Does not return where no block in use begins there.
HeapBlock* block_given_back(const Context& agent, void* at) {
  const auto place = reinterpret_cast<std::uintptr_t>(at);
  const Runtime& now = *minusone_runtime;
  if (lies_in(place, now.heaps.base, now.heaps.bytes)) {
    HeapBlock* const block = block_at(now.heaps, place);
    const bool is_own = block != nullptr && (now.owned == nullptr || block->agent < 0 ||
                                             (at >= agent.heap_low && at < agent.heap_high));
    if (!is_own || block->start() != place || block->state != HeapBlock::in_use) bad_free(at);
    return block;
  }
  for (const SharedRange& shared : now.shared) {
    if (lies_in(place, shared.base, shared.bytes)) bad_free(at);
  }
  if (lies_in(place, now.stacks.base, now.stacks.bytes)) bad_free(at);
  for (int i = 0; i < now.owned_count; ++i) {
    if (lies_in(place, now.owned[i].range.base, now.owned[i].range.bytes)) bad_free(at);
  }
  // In lock step a process has its heap to itself.
  if (at < agent.heap_low || at >= agent.heap_high) return nullptr;
  auto* const block = static_cast<HeapBlock*>(at) - 1;
  if (block->state == HeapBlock::freed)
    violation("free() or delete of memory that is free already");
  if (block->state != HeapBlock::in_use)
    violation("free() or delete of an address that malloc() or new did not return");
  return block;
}

void release(void* at) {
  if (at == nullptr) return;
  Context* const agent = minusone_runtime->current;
  const auto& loaded = minusone_runtime->load_heap;
  if (agent == nullptr && at >= loaded.low && at < loaded.high) return;
  if (agent == nullptr) return std::free(at);
  agent->private_effect = true;
  HeapBlock* const block = block_given_back(*agent, at);
  if (block == nullptr) return;
  // Where threads share the heap this is a step like a write to all of it: who uses the memory
  // meanwhile races with it, and who uses it later finds that it is gone. The machine looks whether
  // it was freed in between.
  if (is_step(at) && block->bytes > 0)
    announce(code_of(Action::fill), address(at), block->bytes, 0xdd, freeing);
  agent->private_effect = true;
  block->state = HeapBlock::freed;
  block->freed_pc = agent->pc;
  block->freed_by = agent->id;
}

void* allocate_or_throw(std::size_t bytes, std::size_t alignment = heap_granule) {
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
  if (__builtin_mul_overflow(count, bytes, &total)) total = SIZE_MAX;
  void* const at = allocate(total);
  if (at != nullptr) std::memset(at, 0, total);
  return at;
}
MINUSONE_HOOK void* minusone_rt_realloc(void* old, std::size_t bytes) {
  if (minusone_runtime->current == nullptr && minusone_runtime->load_heap.low == nullptr)
    return std::realloc(old, bytes);
  MINUSONE_CALLED_HERE;
  if (old != nullptr && bytes == 0) {
    release(old);
    return nullptr;
  }
  const Context* const agent = minusone_runtime->current;
  const HeapBlock* const block = old == nullptr     ? nullptr
                                 : agent == nullptr ? static_cast<HeapBlock*>(old) - 1
                                                    : block_given_back(*agent, old);
  void* const at = allocate(bytes);
  if (at != nullptr && block != nullptr) {
    const std::size_t before = block->bytes;
    copy(at, old, before < bytes ? before : bytes);
    release(old);
  }
  return at;
}
MINUSONE_HOOK void* minusone_rt_aligned_alloc(std::size_t alignment, std::size_t bytes) {
  MINUSONE_CALLED_HERE;
  return allocate(bytes, alignment < heap_granule ? heap_granule : alignment);
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
