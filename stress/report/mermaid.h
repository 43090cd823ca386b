#pragma once

#include <string>
#include <vector>

#include "protocol/verdict.h"

namespace minusone {

/// A counterexample as a Mermaid sequence diagram, for a pull request: a lifeline an agent and one
/// for shared memory, an arrow a step (a read's comes back dotted), a note where a step matters.
/// Of long executions the end.
std::string to_mermaid(const Result& result, const PropertyResult& property);

/// The most telling counterexample with steps; of several results the first's that has one. Where
/// there is none, a diagram that says so.
std::string to_mermaid(const std::vector<Result>& results);

}  // namespace minusone
