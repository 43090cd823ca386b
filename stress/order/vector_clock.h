#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "stress/machine/max_agents.h"

namespace minusone {

/// A vector clock: for each agent, how many of its steps come before. Few executions have more than
/// a handful of agents, so only as many entries as are known of are copied and joined, a vector
/// register at a time.
class VectorClock {
 public:
  static constexpr int lane = 8;  ///< agents that a vector register has room for

  VectorClock() { std::memset(of_, 0, sizeof(std::uint16_t) * lane); }
  VectorClock(const VectorClock& other) { *this = other; }
  VectorClock& operator=(const VectorClock& other) {
    known_ = other.known_;
    // In whole registers: a clock may be assigned to itself.
    for (int at = 0; at < known_; at += lane) std::memmove(of_ + at, other.of_ + at, bytes);
    return *this;
  }

  std::uint16_t operator[](std::size_t agent) const {
    return agent < static_cast<std::size_t>(known_) ? of_[agent] : std::uint16_t{0};
  }
  std::uint16_t& operator[](std::size_t agent) {
    know(static_cast<int>(agent) / lane * lane + lane);
    return of_[agent];
  }

  /// The later of both, agent by agent. This is the search's inner loop.
  void join(const VectorClock& other) {
    using Lanes [[gnu::vector_size(bytes)]] = std::uint16_t;
    know(other.known_);
    for (int at = 0; at < other.known_; at += lane) {
      Lanes mine, theirs;
      std::memcpy(&mine, of_ + at, sizeof mine);
      std::memcpy(&theirs, other.of_ + at, sizeof theirs);
      mine = mine > theirs ? mine : theirs;
      std::memcpy(of_ + at, &mine, sizeof mine);
    }
  }

 private:
  static constexpr std::size_t bytes = lane * sizeof(std::uint16_t);

  void know(int agents) {
    for (; known_ < agents; known_ += lane) std::memset(of_ + known_, 0, bytes);
  }

  std::uint16_t of_[max_agents];
  int known_ = lane;  ///< from here on all are 0, and nothing is kept
};
static_assert(max_agents % VectorClock::lane == 0);

}  // namespace minusone
