#pragma once

#include <vector>

#include "protocol/outcome.h"
#include "protocol/property.h"

namespace minusone {

/// The properties that an outcome breaks by its counts, in the order of Property. An agent
/// that is stuck breaks no_deadlock; beside a dead agent that is survives_death, as the caller
/// knows. The protocol says which values of the word are legal.
std::vector<Property> broken_by(const Outcome& outcome);

}  // namespace minusone
