#pragma once

#include <cstdint>
#include <cstring>

#include "stress/machine/max_agents.h"

namespace minusone {

/// A vector clock: for each agent, how many of its steps come before.
struct VectorClock {
  static constexpr int lane = 8;  ///< agents that a vector register has room for

  std::uint16_t of[max_agents] = {};
  int known = lane;  ///< from here on all are 0

  std::uint16_t operator[](int agent) const { return of[agent]; }
  std::uint16_t& operator[](int agent) {
    if (agent >= known) known = agent / lane * lane + lane;
    return of[agent];
  }

  /// The later of both, agent by agent. In vector registers: this is the search's inner loop.
  void join(const VectorClock& other) {
    using Lanes [[gnu::vector_size(16)]] = std::uint16_t;
    if (other.known > known) known = other.known;
    for (int at = 0; at < other.known; at += lane) {
      Lanes mine, theirs;
      std::memcpy(&mine, of + at, sizeof mine);
      std::memcpy(&theirs, other.of + at, sizeof theirs);
      mine = mine > theirs ? mine : theirs;
      std::memcpy(of + at, &mine, sizeof mine);
    }
  }
};
static_assert(max_agents % VectorClock::lane == 0);

}  // namespace minusone
