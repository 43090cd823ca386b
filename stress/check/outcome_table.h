#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "protocol/protocol.h"
#include "protocol/verdict.h"

namespace minusone {

/// The table of outcomes as jcstress shows it: what was seen, graded by the first declared pattern
/// that fits and most frequent first; then what was declared and never seen, with 0.
std::vector<OutcomeCount> outcome_table(const Protocol& protocol,
                                        const std::map<Outcome, std::uint64_t>& seen);

}  // namespace minusone
