// What makes two states of a machine the same state: whatever can make a later step, or its
// judgement, differ. What cannot, such as stack below an agent's deepest call, is left out; what
// cannot be looked into makes a state unlike all others. What a plan of faults still holds for an
// agent is left out too: states are compared where there is none.
#include "stress/agents/fingerprint.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <vector>

#include "stress/agents/channel_machine.h"
#include "stress/agents/fiber_machine.h"
#include "stress/agents/sync_model.h"

namespace minusone {

struct Digest::State {
  XXH3_state_t xxh3;
};

Digest::Digest() : state_(std::make_unique<State>()) { XXH3_128bits_reset(&state_->xxh3); }
Digest::~Digest() = default;

void Digest::add(std::span<const std::byte> bytes) {
  XXH3_128bits_update(&state_->xxh3, bytes.data(), bytes.size());
}

Fingerprint Digest::value() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(&state_->xxh3);
  return {hash.low64, hash.high64};
}

namespace {

std::span<const std::byte> between(const void* low, const void* high) {
  return {static_cast<const std::byte*>(low), static_cast<const std::byte*>(high)};
}

/// No state is ever the same as one that this was added to.
void make_unique(Digest& digest) {
  static std::uint64_t next = 0;
  digest.add(++next);
}

}  // namespace

// A member that is added to SyncObject belongs into add_to() below; so does one of Context,
// Standing or Operation into the functions after it.
static_assert(sizeof(SyncObject) == 136 && sizeof(Context) == 280 && sizeof(Operation) == 32,
              "a state has got another part: add it to the fingerprint, then mend this line");

// Objects are listed by first use; two orders of first uses may lead to the same state.
void SyncModel::add_to(Digest& digest) const {
  std::vector<const SyncObject*> objects;
  for (const SyncObject& object : now_.objects) {
    const bool is_fresh = !object.destroyed && !object.robust && !object.owner_died &&
                          !object.not_recoverable && object.owner < 0 && object.type == 0 &&
                          object.value == 0 && object.number == 0 && object.bytes == 0 &&
                          object.waiting.count == 0 && object.woken == 0 && object.dead == 0;
    if (!is_fresh || object.kind == SyncObject::Kind::semaphore) objects.push_back(&object);
  }
  std::ranges::sort(objects, {}, [](const SyncObject* object) {
    return std::tuple(object->kind, object->key, object->home);
  });
  digest.add(objects.size());
  for (const SyncObject* object : objects) {
    digest.add(object->key);
    digest.add(object->kind);
    digest.add(object->destroyed);
    digest.add(object->robust);
    digest.add(object->owner_died);
    digest.add(object->not_recoverable);
    digest.add(object->owner);
    digest.add(object->home);
    digest.add(object->type);
    digest.add(object->value);
    digest.add(object->ipc_key);
    digest.add(object->bytes);
    digest.add(object->number);
    digest.add(object->woken);
    digest.add(object->dead);
    digest.add(object->waiting.count);
    for (std::size_t i = 0; i < object->waiting.count; ++i) {
      const auto waiter = object->waiting.agents[i];
      digest.add(waiter);
      digest.add(object->bits[static_cast<std::size_t>(waiter)]);
    }
    for (std::size_t i = object->first; i < std::size_t{object->first} + object->number; ++i) {
      const SysvSemaphore& semaphore = now_.semaphores[i];
      digest.add(semaphore.value);
      digest.add(semaphore.last);
      for (const auto undo : semaphore.undo) digest.add(undo);
    }
  }
}

Fingerprint FiberMachine::agent_fingerprint(int index) const {
  const Agent& agent = agent_at(index);
  Digest digest;
  digest.add(agent.now.rest);
  digest.add(agent.now.fate.dead);
  if (agent.now.rest == Rest::finished) return digest.value();
  const Context& context = agent.now.context;
  for (const auto word : {context.code, context.a, context.b, context.c, context.d, context.e})
    digest.add(word);
  digest.add(context.pc);
  digest.add(context.error);
  digest.add(context.clock);
  digest.add(context.random);
  digest.add(context.stack);
  digest.add(between(context.stack, context.stack_high));
  digest.add(between(context.heap_low, context.heap_next));
  digest.add(context.last_block);
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
  digest.add(shared_[0]);  // the heap that threads share is in parts theirs
  sync_.add_to(digest);
  digest.add(agents_count_);
  for (int agent = 0; agent < agents_count_; ++agent) digest.add(agent_fingerprint(agent));
  return digest.value();
}

std::vector<const void*> FiberMachine::callers(int index) const {
  const Context& context = agent_at(index).now.context;
  // switch.cpp: r15, r14, r13, r12, rbx, rbp, then the return address.
  const std::uint64_t* frame = nullptr;
  std::vector<const void*> found{reinterpret_cast<const void*>(context.stack[6])};
  const auto* low = reinterpret_cast<const std::byte*>(context.stack + 7);
  frame = reinterpret_cast<const std::uint64_t*>(context.stack[5]);
  while (reinterpret_cast<const std::byte*>(frame) >= low &&
         reinterpret_cast<const std::byte*>(frame + 2) <= context.stack_high && found.size() < 64) {
    found.push_back(reinterpret_cast<const void*>(frame[1]));
    low = reinterpret_cast<const std::byte*>(frame + 2);
    frame = reinterpret_cast<const std::uint64_t*>(frame[0]);
  }
  return found;
}

Fingerprint ChannelMachine::agent_fingerprint(int index) const {
  Digest digest;
  digest.add(FiberMachine::agent_fingerprint(index));
  // What the dead had of its own is gone; whether it died in an operation or before is judged.
  if (is_dead(index)) digest.add(has_begun(index));
  // Threads share their module's memory: then it is part of the whole, below.
  if (workload_.processes && !is_dead(index)) {
    for (const auto globals : globals_of(index)) digest.add(globals);
  }
  const ChannelAgent& agent = channel_agents_[static_cast<std::size_t>(index)];
  digest.add(agent.current);
  for (const Operation& operation : agent.operations) {
    digest.add(operation.ending);
    digest.add(operation.torn);
    digest.add(operation.message.writer);
    digest.add(operation.message.sequence);
  }
  return digest.value();
}

// Order between messages is judged by which reads had returned before which were called; with one
// message of each writer there is no order to judge.
Fingerprint ChannelMachine::state_fingerprint() const {
  Digest digest;
  digest.add(FiberMachine::state_fingerprint());
  if (!workload_.processes) {
    for (const auto globals : globals_of(0)) digest.add(globals);
  }
  if (workload_.messages == 1) return digest.value();
  std::vector<const Operation*> reads;
  for (const ChannelAgent& agent : channel_agents_) {
    if (agent.writes || &agent == &channel_agents_.back()) continue;
    for (const Operation& operation : agent.operations) reads.push_back(&operation);
  }
  for (const Operation* read : reads) {
    digest.add(read->called != 0);
    for (const Operation* other : reads)
      digest.add(read->called != 0 && other->returned != 0 && other->returned < read->called);
  }
  return digest.value();
}

}  // namespace minusone
