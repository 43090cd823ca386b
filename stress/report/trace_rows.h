#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "protocol/verdict.h"

namespace minusone {

/// One step, or several of one agent behind each other that are told as one.
struct TraceRow {
  std::size_t first = 0;  ///< steps, from 0
  std::size_t last = 0;
  TraceStep told;        ///< where it stands for whoever reads it, and what it does
  bool repeats = false;  ///< the steps are the first one again and again
};

/// The step as it stands in code that is no library's, where a call led there; else as it is.
TraceStep at_call(TraceStep step);

/// The steps without those that only their own agent can tell apart: what a library does to places
/// that nobody else touches, and the standard library on its own (TraceStep::machinery).
std::vector<TraceStep> without_inner_steps(std::vector<TraceStep> steps);

/// The rows of a trace. A round of a loop that sees the same once more has no row of its own. Steps
/// inside a library have one for each call that led there, with what they did to places that
/// another agent touches too.
/// @param all_steps  a row for each step; else what the standard library does on its own to start
///                   threads (TraceStep::machinery) has none, unless it is part of a data race or
///                   the last step
std::vector<TraceRow> rows_of(const std::vector<TraceStep>& steps, bool all_steps);

}  // namespace minusone
