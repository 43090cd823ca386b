#pragma once

#include <cstdint>
#include <span>

#include "stress/machine/step.h"

namespace minusone {

/// How an execution ended.
enum class End : std::uint8_t {
  complete,   ///< every agent finished
  quiescent,  ///< some agents wait and nobody can go on: rightly or not is the oracle's to say
  violation,  ///< Machine::violation() ended it
  duplicate,  ///< given up: equivalent to one that is visited elsewhere
  too_long,   ///< cut at a limit, on steps or of the machine's: an endless loop with an effect, or
              ///< too small a limit
  unwatched,  ///< Effect::unwatched ended it, and with it the search
};

/// One execution, as a search hands it out. The machine stands at its end.
struct Execution {
  std::span<const Step> steps;  ///< in the order in which they were taken
  End end = End::complete;
};

}  // namespace minusone
