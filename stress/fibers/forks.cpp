// Processes that fork. All that were forked from one program have their memory at the same
// addresses: stack, heap, globals, thread-local variables. There lies what belongs to the program
// itself, as long as no other of them runs; a forked one's lies elsewhere, and is exchanged with it
// for as long as its code runs. So to the machine each agent's memory has a place of its own, which
// steps name (runtime::address), the undo log keeps and a state's fingerprint holds: of two
// processes none is ever seen to touch what is the other's. Methods of FiberMachine.
#include <algorithm>
#include <cstring>
#include <span>

#include "stress/fibers/fiber_machine.h"
#include "stress/instrument/heap_block.h"

namespace minusone {
namespace {

/// Of a forked process's moved ranges the first that is one of its program's: before it come those
/// of its stack and its heap.
constexpr std::size_t parts_at = 2;

std::size_t heap_used(const Context& context) {
  return static_cast<std::size_t>(context.heap_next - context.heap_low);
}

/// The entries of the index of blocks for so many bytes from there on.
std::span<std::uint32_t> entries_of(const Heaps& heaps, const std::byte* from, std::size_t bytes) {
  const auto offset = reinterpret_cast<std::uintptr_t>(from) - heaps.base;
  return {heaps.index + offset / heap_granule, (bytes + heap_granule - 1) / heap_granule};
}

template <class T>
void exchange(std::span<T> a, std::span<T> b) {
  std::swap_ranges(a.begin(), a.end(), b.begin());
}

}  // namespace

void FiberMachine::note_depth(Agent& agent) {
  auto* const stack =
      reinterpret_cast<std::byte*>(agent.now.context.stack) + moved_by(agent.now.context);
  agent.deepest = std::min(agent.deepest, stack);
}

// Each of the two has what the other had: its program's memory lies where its own did, and back.
void FiberMachine::exchange_with_program(Agent& forked) {
  const Context& context = forked.now.context;
  Agent& program = agent_at(context.program);
  std::byte* const high = stacks_.high(context.program);
  std::byte* const its_high = stacks_.high(context.id);
  const auto depth = std::max(high - program.used(), its_high - forked.used());
  exchange(std::span(high - depth, high), std::span(its_high - depth, its_high));
  program.deepest = high - depth + 512 < program.deepest ? high - depth + 512 : program.deepest;

  const std::size_t bytes = std::max(heap_used(program.now.context), heap_used(context));
  std::byte* const heap = shared_.heap_of(context.program).data();
  std::byte* const its_heap = shared_.heap_of(context.id).data();
  exchange(std::span(heap, bytes), std::span(its_heap, bytes));
  exchange(entries_of(runtime_.heaps, heap, bytes), entries_of(runtime_.heaps, its_heap, bytes));

  for (std::size_t i = 0; i < forked.own.size(); ++i) {
    const SharedRange& part = forked.moved[parts_at + i].range;
    exchange(std::span(reinterpret_cast<std::byte*>(part.base), part.bytes),
             std::span(forked.own[i]));
  }
}

// The agent has announced that it forks, and its memory is where the machine has it: its child has
// a copy.
void FiberMachine::fork_agent(Agent& parent) {
  if (parent.now.context.exception_globals[0] != nullptr)
    throw NotModelled("a process that handles an exception forks, which is not modelled");
  const auto parts = own_memory(parent.now.context.program);
  if (parts.empty()) throw NotModelled("a fork in a protocol's operation is not modelled");
  const int number = agents_count_;
  Agent& child = prepare(number, parent.now.context.body, parent.now.context.argument);
  Context& context = child.now.context;
  const Context& from = parent.now.context;
  context = from;
  context.id = number;
  context.parent = from.id;
  context.nth = ++parent.now.context.forks;
  context.forks = 0;
  context.result = 0;

  const auto depth = stacks_.high(from.id) - parent.used();
  std::memcpy(stacks_.high(number) - depth, parent.used(), static_cast<std::size_t>(depth));
  note_depth(child);
  const std::size_t bytes = heap_used(from);
  std::memcpy(shared_.heap_of(number).data(), shared_.heap_of(from.id).data(), bytes);
  std::ranges::copy(entries_of(runtime_.heaps, shared_.heap_of(from.id).data(), bytes),
                    entries_of(runtime_.heaps, shared_.heap_of(number).data(), bytes).begin());
  child.own.resize(parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::span<const std::byte> its =
        from.parent < 0 ? std::span<const std::byte>(parts[i]) : parent.own[i];
    child.own[i].assign(its.begin(), its.end());
  }
  note_moved(child, parts);

  agents_count_ = number + 1;
  unstarted_ |= only(number);
  executed_.created |= only(number);
  begin_forked(number);
}

// Where steps have what is its own.
void FiberMachine::note_moved(Agent& forked, std::span<const std::span<std::byte>> parts) {
  const Context& context = forked.now.context;
  const auto moved = [](std::span<std::byte> seen, const std::byte* at) {
    const auto base = reinterpret_cast<std::uintptr_t>(seen.data());
    return MovedRange{{base, seen.size()}, reinterpret_cast<std::uintptr_t>(at) - base};
  };
  forked.moved = {
      moved({stacks_.low(context.program), AgentStacks::bytes}, stacks_.low(context.id)),
      moved(shared_.heap_of(context.program), shared_.heap_of(context.id).data())};
  for (std::size_t i = 0; i < parts.size(); ++i)
    forked.moved.push_back(moved(parts[i], forked.own[i].data()));
}

}  // namespace minusone
