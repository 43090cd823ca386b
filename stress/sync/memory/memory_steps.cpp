#include "stress/sync/memory/memory_steps.h"

#include <algorithm>
#include <cstring>

#include "stress/instrument/runtime.h"
#include "stress/sync/memory/memory.h"

namespace minusone {

namespace {

using u128 = unsigned __int128;

bool is_shared_address(const Context& agent, std::uint64_t address) {
  return runtime::is_shared(&agent, reinterpret_cast<const void*>(address));
}

u128 joined(std::uint64_t low, std::uint64_t high) { return static_cast<u128>(high) << 64 | low; }

template <class T>
T updated(Action action, T old, T operand) {
  switch (action) {
    case Action::atomic_add:
      return static_cast<T>(old + operand);
    case Action::atomic_sub:
      return static_cast<T>(old - operand);
    case Action::atomic_and:
      return old & operand;
    case Action::atomic_or:
      return old | operand;
    case Action::atomic_xor:
      return old ^ operand;
    case Action::atomic_nand:
      return static_cast<T>(~(old & operand));
    default:
      return operand;  // exchange, store
  }
}

template <class T>
void leave(Context& agent, T value) {
  agent.result = static_cast<std::uint64_t>(value);
  if constexpr (sizeof(T) == 16) agent.result_upper = static_cast<std::uint64_t>(value >> 64);
}

/// What an instruction that performs its access itself will find, when its agent goes on.
void foresee(Context& agent) {
  std::uint64_t found[2] = {};
  std::memcpy(found, reinterpret_cast<const void*>(agent.a), agent.size());
  agent.result = found[0];
  agent.result_upper = found[1];
}

template <class T>
void perform_atomic(Context& agent) {
  T* const at = reinterpret_cast<T*>(agent.a);
  T old;
  std::memcpy(&old, at, sizeof(T));
  if (agent.action() == Action::atomic_load) return leave(agent, old);
  if (agent.action() == Action::atomic_cas) {
    T expected = static_cast<T>(agent.b);
    T desired = static_cast<T>(agent.c);
    if constexpr (sizeof(T) == 16) {
      expected = joined(agent.b, agent.d);
      desired = joined(agent.c, agent.e);
    }
    const bool succeeds = old == expected;
    if (succeeds) std::memcpy(at, &desired, sizeof(T));
    if (sizeof(T) == 16 || agent.d == 0) return leave(agent, old);
    if (!succeeds) std::memcpy(reinterpret_cast<void*>(agent.d), &old, sizeof(T));
    agent.result = succeeds;
    return;
  }
  T operand = static_cast<T>(agent.b);
  if constexpr (sizeof(T) == 16) operand = joined(agent.b, agent.c);
  const T changed = updated(agent.action(), old, operand);
  std::memcpy(at, &changed, sizeof(T));
  leave(agent, old);
}

}  // namespace

void describe_memory_step(const Context& agent, Step& step) {
  const Action action = agent.action();
  switch (action) {
    case Action::plain_read:
    case Action::atomic_load:
      step.add(agent.a, agent.size(), true, false);
      break;
    case Action::plain_write:
    case Action::atomic_store:
      step.add(agent.a, agent.size(), false, true);
      break;
    case Action::range_read:
      step.add(agent.a, agent.b, true, false);
      break;
    case Action::fill:
    case Action::frame_end:
      step.add(agent.a, agent.b, false, true);
      break;
    case Action::copy:
      if (is_shared_address(agent, agent.a)) step.add(agent.a, agent.c, false, true);
      if (is_shared_address(agent, agent.b)) step.add(agent.b, agent.c, true, false);
      break;
    case Action::fence:
      break;
    default:
      step.add(agent.a, agent.size(), true, true);  // read-modify-write
  }
}

void perform_access(Context& agent) {
  switch (agent.action()) {
    case Action::plain_read:
    case Action::plain_write:
    case Action::range_read:
    case Action::fence:
    case Action::frame_end:
      return;
    case Action::copy: {
      const auto* const from = reinterpret_cast<const char*>(agent.b);
      std::size_t bytes = agent.c;
      if (agent.d != 0) agent.result = bytes = std::min(strnlen(from, bytes) + 1, bytes);
      std::memmove(reinterpret_cast<void*>(agent.a), from, bytes);
      const std::uint64_t moved =
          minusone_runtime->stacks.stride * static_cast<std::uint64_t>(agent.id - agent.program);
      if (!is_shared_address(agent, agent.a) &&
          !runtime::is_on_stack(agent, reinterpret_cast<const void*>(agent.a - moved)))
        agent.private_effect = true;
      return;
    }
    case Action::fill:
      std::memset(reinterpret_cast<void*>(agent.a), static_cast<int>(agent.c), agent.b);
      return;
    default:
      break;
  }
  if (agent.performs_itself()) return foresee(agent);
  switch (agent.size()) {
    case 1:
      return perform_atomic<std::uint8_t>(agent);
    case 2:
      return perform_atomic<std::uint16_t>(agent);
    case 4:
      return perform_atomic<std::uint32_t>(agent);
    case 8:
      return perform_atomic<std::uint64_t>(agent);
    default:
      return perform_atomic<u128>(agent);
  }
}

void narrow_access(const Context& agent, Step& step) {
  // What was left: the old value, or, where there was a place for that, success.
  bool succeeded = agent.result != 0;
  if (agent.size() == 16) {
    succeeded = agent.result == agent.b && agent.result_upper == agent.d;
  } else if (agent.d == 0) {
    succeeded = std::memcmp(&agent.result, &agent.b, agent.size()) == 0;
  }
  step.accesses[0].writes = succeeded;
  if (!succeeded) step.order = agent.failure_order();
}

std::uint64_t digest_of_many(std::uint64_t address, std::uint32_t bytes) {
  const auto* at = reinterpret_cast<const std::byte*>(address);
  std::uint64_t value = 0;
  for (; bytes >= 8; at += 8, bytes -= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    value = (value ^ word) * 0x9e3779b97f4a7c15u;
    value ^= value >> 32;
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, at, bytes);
  return (value ^ rest) * 0x9e3779b97f4a7c15u;
}

std::int64_t memory::perform(SyncModel&, Context& call) {
  perform_access(call);
  return static_cast<std::int64_t>(call.result);
}

void memory::narrow(const SyncModel&, const Context& call, Step& step) {
  if (call.action() == Action::atomic_cas) narrow_access(call, step);
}

void memory::touches(const Context& call, Step& step) { describe_memory_step(call, step); }

}  // namespace minusone
