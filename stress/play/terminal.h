#pragma once

#include <iosfwd>

#include "stress/play/state_graph.h"

namespace minusone {

/// The same game as the page's, a line a command: `w1` runs writer 1's line, `w1x2` takes two
/// accesses of it; `?` names the others.
/// @param prompts  somebody sits there: says so, and asks
/// @return false when a line was none of the commands
bool play_in_terminal(const StateGraph& graph, std::istream& in, std::ostream& out, bool prompts);

}  // namespace minusone
