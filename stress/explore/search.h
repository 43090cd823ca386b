#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "stress/agents/machine.h"

namespace minusone {

/// How an execution ended.
enum class End : std::uint8_t {
  complete,   ///< every agent finished
  resting,    ///< some agents wait and nobody can go on: rightly or not is the oracle's to say
  violation,  ///< Machine::violation() ended it
  duplicate,  ///< given up: equivalent to one that is visited elsewhere
  too_long,   ///< the limit on steps was reached: an endless loop with an effect, or too small a
              ///< limit
};

/// One execution, as the search hands it out. The machine stands at its end.
struct Execution {
  std::span<const Step> steps;  ///< in the order in which they were taken
  End end = End::complete;
};

/// Called at the end of each execution but duplicates. @return false to stop the search
using Visitor = std::function<bool(const Execution&)>;

struct SearchLimits {
  std::uint64_t executions = UINT64_MAX;  ///< duplicates not counted
  std::size_t steps = 5'000;              ///< of one execution
  /// Asked now and then; true ends the search.
  std::function<bool()> interrupted;
};

/// What a search came to.
struct SearchCounts {
  std::uint64_t complete = 0;
  std::uint64_t resting = 0;
  std::uint64_t violations = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t too_long = 0;
  std::uint64_t steps = 0;  ///< of all, replayed prefixes not counted
  bool exhausted = false;   ///< nothing was left to visit

  std::uint64_t executions() const { return complete + resting + violations + too_long; }
};

}  // namespace minusone
