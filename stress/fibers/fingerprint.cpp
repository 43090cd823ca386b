// What makes two states of a machine the same state: whatever can make a later step, or its
// judgement, differ. What cannot, such as stack below an agent's deepest call, is left out; what
// cannot be looked into makes a state unlike all others. What a plan of faults still holds for an
// agent is left out too: states are compared where there is none.
#include "stress/machine/fingerprint.h"

#include <atomic>
#include <cstring>
#include <vector>

#include "stress/fibers/fiber_machine.h"

namespace minusone {

namespace {

std::span<const std::byte> between(const void* low, const void* high) {
  return {static_cast<const std::byte*>(low), static_cast<const std::byte*>(high)};
}

/// No state is ever the same as one that this was added to.
void make_unique(Digest& digest) {
  static std::atomic<std::uint64_t> next = 0;
  digest.add(++next);
}

}  // namespace

// A member that is added to Context or AgentSnapshot belongs into the functions below.
static_assert(sizeof(Context) == 312,
              "a state has got another part: add it to the fingerprint, then mend this line");

Fingerprint FiberMachine::agent_fingerprint(int index) const {
  const Agent& agent = agent_at(index);
  Digest digest;
  digest.add(agent.now.run_state);
  digest.add(agent.now.faults.dead);
  if (agent.now.run_state == RunState::finished) return digest.value();
  const Context& context = agent.now.context;
  for (const auto word : {context.code, context.a, context.b, context.c, context.d, context.e})
    digest.add(word);
  digest.add(context.pc);
  digest.add(context.error);
  digest.add(context.clock);
  digest.add(context.random);
  digest.add(context.stack);
  const auto moved = moved_by(context);
  digest.add(between(reinterpret_cast<const std::byte*>(context.stack) + moved,
                     context.stack_high + moved));
  digest.add(
      shared_.heap_of(index).first(static_cast<std::size_t>(context.heap_next - context.heap_low)));
  for (const int part : {context.program, context.parent, context.nth, context.forks})
    digest.add(part);
  for (const auto& own : agent.own) {
    if (context.parent >= 0) digest.add(own);
  }
  digest.add(context.known_low);
  digest.add(context.last_block);
  digest.add(context.detached);
  for (const void* handed : context.once) digest.add(handed);
  digest.add(context.input);
  digest.add(between(context.printed.at, context.printed.at + context.printed.bytes));
  if (context.tls != nullptr) digest.add(between(context.tls, context.tls + tls_start_.size()));
  // An exception in flight lies in the language's run-time; a delayed write in malloc's memory.
  digest.add(context.exception_globals[1]);
  if (context.exception_globals[0] != nullptr || context.delayed_write.bytes != 0)
    make_unique(digest);
  return digest.value();
}

Fingerprint FiberMachine::state_fingerprint() const {
  Digest digest;
  digest.add(shared_.bytes());  // the heap that threads share is in parts theirs
  sync_.add_to(digest);
  digest.add(agents_count_);
  for (int agent = 0; agent < agents_count_; ++agent) digest.add(agent_fingerprint(agent));
  return digest.value();
}

namespace {

/// With its length, so that no byte of it can be taken for one of what follows.
void add_piece(Digest& digest, std::span<const std::byte> piece) {
  digest.add(piece.size());
  digest.add(piece);
}

}  // namespace

Fingerprint FiberMachine::shared_part() const {
  Digest digest;
  if (only_steps_write()) {
    digest.add(shared_.changes());
  } else {
    digest.add(shared_.bytes());
  }
  for (const auto memory : shared_beside()) add_piece(digest, memory);
  sync_.add_to(digest);
  digest.add(agents_count_);
  for (int agent = 0; agent < agents_count_ && !processes_; ++agent) {
    const AgentSnapshot& now = agent_at(agent).now;
    // Threads share their heap, and what one allocated outlives it.
    add_piece(digest, between(now.context.heap_low, now.context.heap_next));
    digest.add(now.context.last_block);
    digest.add(now.context.detached);
    digest.add(now.joined);
  }
  return digest.value();
}

// Who awaits stands where it was before its last read, and can take it once more: whether it is to
// be let is no part of the state.
Fingerprint FiberMachine::own_part(int index) const {
  const AgentSnapshot& now = agent_at(index).now;
  const Context& context = now.context;
  Digest digest;
  digest.add(now.run_state == RunState::awaiting ? RunState::pending : now.run_state);
  digest.add(now.faults.dead);
  if (now.faults.dead) return digest.value();  // what it had of its own is gone
  for (const auto word : {context.code, context.a, context.b, context.c, context.d, context.e})
    digest.add(word);
  // What a process leaves is looked through for leaks.
  if (processes_) {
    add_piece(digest, between(context.heap_low, context.heap_next));
    digest.add(context.last_block);
  }
  if (now.run_state == RunState::finished) {
    digest.add(thread_result(index));
    return digest.value();
  }
  digest.add(context.pc);
  digest.add(context.error);
  digest.add(context.clock);
  digest.add(context.random);
  for (const int part : {context.program, context.parent, context.nth, context.forks})
    digest.add(part);
  if (context.parent >= 0) make_unique(digest);  // its memory is another's in turns
  digest.add(context.stack);
  add_piece(digest, between(context.stack, context.stack_high));
  digest.add(context.known_low);
  for (const void* handed : context.once) digest.add(handed);
  digest.add(context.input);
  add_piece(digest, between(context.printed.at, context.printed.at + context.printed.bytes));
  digest.add(context.exception_globals[1]);
  if (context.exception_globals[0] != nullptr || context.delayed_write.bytes != 0)
    make_unique(digest);
  return digest.value();
}

std::vector<const void*> FiberMachine::callers(int index) const {
  const Context& context = agent_at(index).now.context;
  const auto word = [moved = moved_by(context)](const std::uint64_t* at) {
    std::uint64_t its = 0;
    std::memcpy(&its, reinterpret_cast<const std::byte*>(at) + moved, sizeof its);
    return its;
  };
  // switch.cpp: r15, r14, r13, r12, rbx, rbp, then the return address.
  const std::uint64_t* frame = nullptr;
  std::vector<const void*> found{reinterpret_cast<const void*>(word(context.stack + 6))};
  const auto* low = reinterpret_cast<const std::byte*>(context.stack + 7);
  frame = reinterpret_cast<const std::uint64_t*>(word(context.stack + 5));
  while (reinterpret_cast<const std::byte*>(frame) >= low &&
         reinterpret_cast<const std::byte*>(frame + 2) <= context.stack_high && found.size() < 64) {
    found.push_back(reinterpret_cast<const void*>(word(frame + 1)));
    low = reinterpret_cast<const std::byte*>(frame + 2);
    frame = reinterpret_cast<const std::uint64_t*>(word(frame));
  }
  return found;
}

}  // namespace minusone
