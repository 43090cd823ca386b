#pragma once

#include <cstdint>

namespace minusone {

/// The most agents that one execution may number, main() of a whole program included.
inline constexpr int max_agents = 64;

/// Agents, a bit each.
using AgentSet = std::uint64_t;
constexpr AgentSet only(int agent) { return AgentSet{1} << agent; }
constexpr AgentSet first_agents(int count) { return count >= 64 ? ~AgentSet{0} : only(count) - 1; }
static_assert(max_agents <= 64);

}  // namespace minusone
