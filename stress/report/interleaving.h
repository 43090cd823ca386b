#pragma once

#include <string>
#include <vector>

#include "protocol/verdict.h"

namespace minusone {

/// An execution as a table: a row a step, a column an agent, then what changed in shared memory
/// (marked by a star) and why the step matters.
/// @param width  of a line at most; cells that do not fit are cut
std::vector<std::string> interleaving_table(const std::vector<TraceStep>& steps, std::size_t width);

}  // namespace minusone
