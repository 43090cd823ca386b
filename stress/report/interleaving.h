#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "protocol/verdict.h"

namespace minusone {

struct TableStyle {
  std::size_t width = 100;  ///< of a line at most; what does not fit is cut
  std::size_t rows = 0;     ///< at most; of what is left out a row says how much (0: all rows)
  bool utf8 = false;        ///< arrows as characters of their own
  bool all_steps = false;   ///< those of libraries too, one by one (trace_rows.h)
};

/// An execution as a table: its rows (trace_rows.h), a column an agent, a column for each value in
/// shared memory that changes ("0 -> 1"), then what else changed (behind a star) and why the step
/// matters. Clauses are shortened ("R" for reads) where they would not fit as they are; where that
/// does not help, one column names the agent of each row. Printable lines.
std::vector<std::string> interleaving_table(const std::vector<TraceStep>& steps,
                                            const TableStyle& style);

/// Agents by the order of their columns: writers before readers, main before its threads.
std::vector<std::string> agents_in_order(const std::vector<TraceStep>& steps);

/// Places in shared memory that hold one value and change in the course of the steps, those that
/// most steps touch first.
std::vector<std::string> changing_values(const std::vector<TraceStep>& steps);

/// The step in one clause, without its agent: "counter.cpp:27 writes written = -1". Inside a
/// library, whose lines tell nobody anything, with the place of the call that led there, if any.
std::string clause_of(const TraceStep& step, bool with_file);

}  // namespace minusone
