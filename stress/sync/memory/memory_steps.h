#pragma once

#include <cstring>

#include "stress/instrument/announcement.h"
#include "stress/machine/step.h"

namespace minusone {

/// True for accesses to memory, which need no model of anything but memory.
inline bool is_memory_action(Action action) { return action <= Action::frame_end; }
/// Of these: an atomic access; a fence; the end of a function's variables, no access; a plain one;
/// an access whose value is told; a write of a whole range.
inline bool is_atomic_access(Action action) {
  return action >= Action::atomic_load && action <= Action::atomic_cas;
}
inline bool is_fence(Action action) { return action == Action::fence; }
inline bool is_frame_end(Action action) { return action == Action::frame_end; }
inline bool is_plain_access(Action action) {
  return action < Action::fence && action != Action::none && !is_atomic_access(action);
}
inline bool is_word_access(Action action) { return action <= Action::atomic_cas; }
inline bool is_range_write(Action action) {
  return action == Action::copy || action == Action::fill;
}

/// A compare-and-swap that may fail although the value is the expected one (FaultKind::weak_cas).
inline bool may_fail_for_no_reason(const Context& agent) {
  return agent.action() == Action::atomic_cas && agent.is_weak();
}
/// Whether it would succeed now. @pre may_fail_for_no_reason(agent)
inline bool would_succeed(const Context& agent) {
  const std::uint64_t expected[2] = {agent.b, agent.d};
  return std::memcmp(reinterpret_cast<const void*>(agent.a), expected, agent.size()) == 0;
}
/// A compare-and-swap that found another value.
inline bool is_failed_swap(const Step& step) {
  return step.action == Action::atomic_cas && !step.accesses[0].writes;
}

/// Fills in what the announced access touches. Parts that are private to the agent are left out.
void describe_memory_step(const Context& agent, Step& step);

/// Performs an announced access and leaves its result with the agent, and what it really did in the
/// step. A plain access is left to the compiled code.
void perform_access(Context& agent);
void narrow_access(const Context& agent, Step& step);
inline void perform_memory_step(Context& agent, Step& step) {
  perform_access(agent);
  if (agent.action() == Action::atomic_cas) narrow_access(agent, step);
}

/// The value of up to eight bytes at an address; of more bytes, a hash of all of them.
std::uint64_t digest_of_many(std::uint64_t address, std::uint32_t bytes);
inline std::uint64_t digest(std::uint64_t address, std::uint32_t bytes) {
  const auto* const at = reinterpret_cast<const void*>(address);
  if (bytes == 4) {
    std::uint32_t word;
    std::memcpy(&word, at, 4);
    return word;
  }
  if (bytes > 8) return digest_of_many(address, bytes);
  std::uint64_t value = 0;
  std::memcpy(&value, at, bytes);
  return value;
}

}  // namespace minusone
