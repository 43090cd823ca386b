#pragma once

#include "stress/agents/step.h"
#include "stress/instrument/announcement.h"

namespace minusone {

// Names of what lies in no memory: an agent's end, a queue of waiters, a System V set.
constexpr std::uint64_t end_of_agent(std::uint64_t agent) { return nowhere | agent << 8; }
constexpr std::uint64_t queue_of(std::uint64_t address) {
  return nowhere | 1u << 20 | address << 3;
}
/// Beside a queue: what a wake-up leaves to the agent that it wakes.
constexpr std::uint64_t wake_up_of(std::uint64_t address, int agent) {
  return nowhere | std::uint64_t{1} << 61 | address << 4 | static_cast<std::uint64_t>(agent);
}
constexpr std::uint64_t sysv_set(std::uint64_t id) {
  return nowhere | std::uint64_t{1} << 62 | id << 16;
}

/// All System V segments: which there are, and under which keys.
constexpr std::uint64_t segments = nowhere | std::uint64_t{3} << 60;

/// Fills in what an announced call touches that is no access to memory. What an agent's end undoes
/// the model of synchronisation has to add.
void describe_sync_step(const Context& agent, Step& step);

}  // namespace minusone
