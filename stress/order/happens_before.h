#pragma once

#include "stress/order/orders.h"
#include "stress/order/vector_clock.h"
#include "stress/sync/family.h"

/// The rules by which steps come before others, as C++20 has them: for the race detector, and for
/// the memory model that happens-before is a part of.
namespace minusone {

/// What an agent knows.
struct Knowledge {
  VectorClock clock;         ///< of others' steps, and its own: these happen before its next one
  VectorClock seen_relaxed;  ///< released by what it read relaxed: an acquire fence takes it
  VectorClock at_fence;      ///< at its last release fence: a relaxed store gives it

  void clear() {
    clock.clear();
    seen_relaxed.clear();
    at_fence.clear();
  }
};

/// An atomic access by that memory order.
/// @param read   what the write that it reads gives; null: it reads none
/// @param given  what its own write gives to who reads it; null: it writes none
inline void order_access(Knowledge& agent, int order, const VectorClock* read, VectorClock* given) {
  if (read != nullptr) (acquires_by(order) ? agent.clock : agent.seen_relaxed).join(*read);
  if (given == nullptr) return;
  // A read-modify-write goes on with the release sequence that it read; a store begins anew.
  if (read == nullptr) {
    given->clear();
  } else if (given != read) {
    *given = *read;
  }
  given->join(releases_by(order) ? agent.clock : agent.at_fence);
}

inline void order_fence(Knowledge& agent, int order) {
  if (acquires_by(order)) agent.clock.join(agent.seen_relaxed);
  if (releases_by(order)) agent.at_fence = agent.clock;
}

/// What a step's access to an object, which is no access to memory, orders.
/// @param released  (address) -> VectorClock&: what the object gives to who acquires it
template <class Released>
void order_call(Knowledge& agent, const Step& step, const Access& object, Released released) {
  // A call that failed, or woke nobody, orders nothing: it only looked. An agent's end, which
  // stands beside its last access whatever that is, is written only, and read by who joins it.
  const bool is_end = object.address >= nowhere && !object.reads;
  const Ordering& ordering = *call_of(step.action).ordering;
  if (!is_end && !object.writes && !ordering.by_reading) return;
  // Addresses that name no memory are a row of things, one for each address.
  const std::uint64_t things = object.address >= nowhere ? object.bytes : 1;
  for (std::uint64_t i = 0; i < things; ++i) {
    VectorClock& given = released(object.address + i);
    if (!is_end && ordering.acquires) agent.clock.join(given);
    if (is_end || ordering.releases) given.join(agent.clock);
  }
}

/// Whether an access of a step is one to an object, and not to memory.
inline bool is_of_object(const Step& step, const Access& access) {
  return access.address >= nowhere ||
         !(is_atomic_access(step.action) || is_plain_access(step.action));
}

}  // namespace minusone
