// Memory that is not there: freed, beside a block of the heap, or another process's own. Methods of
// FiberMachine. Steps are looked at here before they are performed; of a process's own memory,
// where accesses are no steps, the hooks look (check_own in stress/instrument/libc_memory.cpp).
#include <algorithm>

#include "stress/fibers/fiber_machine.h"
#include "stress/instrument/heap_block.h"
#include "stress/instrument/runtime.h"
#include "stress/sync/memory/memory_steps.h"

namespace minusone {
namespace {

std::string sentence_of(const MemoryFault& fault) {
  if (fault.what == MemoryFault::What::other_own)
    return "an access to another process's memory: there, the address means something else";
  if (fault.what == MemoryFault::What::not_attached)
    return "an access to a segment that is not attached";
  if (fault.what == MemoryFault::What::not_mapped)
    return "SIGSEGV: an access to memory that its process has not mapped";
  if (fault.what == MemoryFault::What::no_access)
    return "SIGSEGV: an access to memory that is mapped with PROT_NONE";
  if (fault.what == MemoryFault::What::read_only)
    return "SIGSEGV: a write to memory that is mapped to be read only";
  if (fault.what == MemoryFault::What::beyond_end)
    return "SIGBUS: an access to mapped memory beyond the end of its object";
  if (fault.frees) {
    return fault.what == MemoryFault::What::freed
               ? "free() or delete of memory that is free already"
               : "free() or delete of an address that malloc() or new did not return";
  }
  return fault.what == MemoryFault::What::freed ? "an access to memory that was freed"
                                                : "an access outside the blocks of the heap";
}

MemoryFault::What what_of(Lent lent) {
  switch (lent) {
    case Lent::unmapped:
      return MemoryFault::What::not_mapped;
    case Lent::no_access:
      return MemoryFault::What::no_access;
    case Lent::read_only:
      return MemoryFault::What::read_only;
    case Lent::beyond_end:
      return MemoryFault::What::beyond_end;
    default:
      return MemoryFault::What::not_attached;
  }
}

/// The block that an address lies in or is nearest to, in its part of the heap; null: none is near.
const HeapBlock* block_near(const Heaps& heaps, std::uintptr_t address) {
  constexpr std::uintptr_t longest_header = 8 * heap_granule;
  const std::uintptr_t part = heaps.base + (address - heaps.base) / heaps.stride * heaps.stride;
  const HeapBlock* before = nullptr;
  for (std::uintptr_t at = address; before == nullptr && at - part < heaps.stride;
       at -= heap_granule)
    before = block_at(heaps, at);
  const HeapBlock* after = nullptr;
  for (std::uintptr_t at = address;
       after == nullptr && at - address < longest_header && at - heaps.base < heaps.bytes;
       at += heap_granule) {
    after = block_at(heaps, at);
  }
  if (before == nullptr || after == nullptr || before == after)
    return before != nullptr ? before : after;
  return address - before->start() - before->bytes <= after->start() - address ? before : after;
}

}  // namespace

// What the hooks take for shared: the view of an agent whose code comes to run; -1: that of steps.
void FiberMachine::look_from(int agent) {
  const auto view = reinterpret_cast<std::uintptr_t>(views_->view(agent + 1).data());
  runtime_.shared[0].base = view;
  runtime_.view_offset = view - reinterpret_cast<std::uintptr_t>(shared_.bytes().data());
}

// The process whose own memory it is; -1: nobody's.
int FiberMachine::owner_of(std::uint64_t address) const {
  if (const auto on_stack = stack_offset(address)) return on_stack->first;
  for (const OwnedRange& owned : owned_) {
    if (address - owned.range.base < owned.range.bytes) return owned.owner;
  }
  const auto offset = address - runtime_.heaps.base;
  const auto part = static_cast<int>(offset / runtime_.heaps.stride);
  return offset < runtime_.heaps.bytes && part < max_agents ? part : -1;
}

void FiberMachine::own(std::vector<OwnedRange> ranges) {
  owned_ = std::move(ranges);
  runtime_.owned = owned_.data();
  runtime_.owned_count = static_cast<int>(owned_.size());
}

// Whether memory that is no step's by itself is there for an agent.
bool FiberMachine::is_there(int agent, std::uint64_t address, std::size_t bytes) const {
  const int owner = processes_ ? owner_of(address) : -1;
  if (owner >= 0 && owner != agent) return false;
  const Heaps& heaps = runtime_.heaps;
  return address - heaps.base >= heaps.bytes || is_allocated(heaps, address, bytes);
}

// Ends the execution: the agent uses what is not there for it.
void FiberMachine::end_in_memory_fault(Agent& agent, const Access& access, bool frees, Lent lent) {
  MemoryFault fault{.frees = frees,
                    .writes = access.writes,
                    .agent = agent.now.context.id,
                    .pc = agent.now.context.pc,
                    .address = access.address,
                    .bytes = access.bytes};
  const int owner = processes_ ? owner_of(access.address) : -1;
  const Heaps& heaps = runtime_.heaps;
  if (owner >= 0 && owner != fault.agent) {
    fault.what = MemoryFault::What::other_own;
    fault.owner = owner;
  } else if (access.address - heaps.base < heaps.bytes) {
    tell_block(fault);
  }
  if (access.address - runtime_.shared[0].base < runtime_.shared[0].bytes && processes_)
    fault.what = what_of(lent);
  memory_fault_ = fault;
  violation_ = sentence_of(fault);
  agent.now.run_state = RunState::gave_up;
}

void FiberMachine::end_in_memory_fault(Agent& agent) {
  const Context& call = agent.now.context;
  const auto kind = static_cast<runtime::BadAccess>(call.c);
  end_in_memory_fault(agent,
                      {.address = call.a,
                       .bytes = static_cast<std::uint32_t>(call.b),
                       .writes = kind == runtime::BadAccess::writes},
                      kind == runtime::BadAccess::frees);
}

void FiberMachine::tell_block(MemoryFault& fault) const {
  const HeapBlock* const block = block_near(runtime_.heaps, fault.address);
  if (block == nullptr) return;
  const bool covers = fault.address - block->start() < std::max<std::size_t>(block->bytes, 1);
  const bool is_freed = covers && block->state == HeapBlock::freed;
  fault.what = is_freed ? MemoryFault::What::freed : MemoryFault::What::outside;
  fault.block = block->start();
  fault.block_bytes = block->bytes;
  fault.allocated_by = block->agent;
  fault.allocated_at = block->pc;
  fault.freed_by = is_freed ? block->freed_by : -1;
  fault.freed_at = block->freed_pc;
}

// Whether the step that comes next uses what is not there. Of an object that its step does not
// touch as a piece of memory the first byte counts; a call that only writes to memory changes what
// of it is there for all, and uses none.
bool FiberMachine::uses_what_is_not_there(Agent& agent) {
  const bool of_memory = is_memory_action(executed_.action);
  for (int i = 0; i < executed_.count; ++i) {
    Access access = executed_.accesses[static_cast<std::size_t>(i)];
    access.address = object_at(access.address);
    if (access.address == 0) continue;
    if (!of_memory && !access.reads && access.writes) continue;
    if (!of_memory) access.bytes = 1;
    Lent lent = Lent::detached;
    if (access.address - runtime_.shared[0].base < runtime_.shared[0].bytes) {
      lent = views_ == nullptr ? Lent::yes : lent_to(executed_.agent, access);
      if (lent == Lent::yes) continue;
    } else if (is_there(executed_.agent, access.address, access.bytes)) {
      continue;
    }
    const Context& context = agent.now.context;
    executed_.after = executed_.before;
    end_in_memory_fault(agent, access, context.action() == Action::fill && context.d == freeing,
                        lent);
    return true;
  }
  return false;
}

}  // namespace minusone
