#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "protocol/verdict.h"

namespace minusone {

/// An execution as a table: a row a step, a column an agent, a column for each value in shared
/// memory that changes ("0 -> 1"), then what else changed (behind a star) and why the step matters.
/// Steps of one agent that only repeat the one before share a row. With more agents than the width
/// has room for, one column names the agent of each step. Printable lines.
/// @param width  of a line at most; cells that do not fit are cut
/// @param rows   of the table at most; of what is left out a row says how much (0: all rows)
/// @param utf8   arrows as characters of their own
std::vector<std::string> interleaving_table(const std::vector<TraceStep>& steps, std::size_t width,
                                            std::size_t rows = 0, bool utf8 = false);

/// Agents by the order of their columns: writers before readers, main before its threads.
std::vector<std::string> agents_in_order(const std::vector<TraceStep>& steps);

/// Places in shared memory that hold one value and change in the course of the steps, those that
/// most steps touch first.
std::vector<std::string> changing_values(const std::vector<TraceStep>& steps);

/// The step in one clause, without its agent: "counter.cpp:27 writes written = -1". Inside a
/// library of the system, whose lines tell nobody anything, without its place.
std::string clause_of(const TraceStep& step, bool with_file);

}  // namespace minusone
