#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "stress/machine/max_agents.h"

namespace minusone {

/// A vector clock: for each agent, how many of its steps come before. Few executions have more than
/// a handful of agents, so only as many entries as are known of are copied and joined, a vector
/// register at a time; the others are 0.
class VectorClock {
 public:
  static constexpr int lane = 8;  ///< agents that a vector register has room for

  VectorClock() = default;
  VectorClock(const VectorClock& other) { *this = other; }
  VectorClock& operator=(const VectorClock& other) {
    // In whole registers: a clock may be assigned to itself.
    for (int at = 0; at < other.known_; at += lane) std::memmove(of_ + at, other.of_ + at, bytes);
    for (int at = other.known_; at < known_; at += lane) std::memset(of_ + at, 0, bytes);
    known_ = other.known_;
    return *this;
  }

  std::uint16_t operator[](std::size_t agent) const { return of_[agent]; }
  /// The agent takes a step. @return how many it has taken
  std::uint16_t tick(std::size_t agent) {
    known_ = std::max(known_, static_cast<int>(agent) / lane * lane + lane);
    return ++of_[agent];
  }

  /// The later of both, agent by agent. This is the search's inner loop.
  void join(const VectorClock& other) {
    using Lanes [[gnu::vector_size(bytes)]] = std::uint16_t;
    known_ = std::max(known_, other.known_);
    for (int at = 0; at < other.known_; at += lane) {
      Lanes mine, theirs;
      std::memcpy(&mine, of_ + at, sizeof mine);
      std::memcpy(&theirs, other.of_ + at, sizeof theirs);
      mine = mine > theirs ? mine : theirs;
      std::memcpy(of_ + at, &mine, sizeof mine);
    }
  }
  void clear() {
    for (int at = 0; at < known_; at += lane) std::memset(of_ + at, 0, bytes);
    known_ = lane;
  }

 private:
  static constexpr std::size_t bytes = lane * sizeof(std::uint16_t);

  std::uint16_t of_[max_agents] = {};
  int known_ = lane;  ///< from here on all are 0
};
static_assert(max_agents % VectorClock::lane == 0);

}  // namespace minusone
