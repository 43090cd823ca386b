#pragma once

#include <vector>

#include "protocol/outcome.h"
#include "protocol/property.h"

namespace minusone {

/// The properties that an outcome breaks by its counts, in the order of Property. Who is stuck
/// breaks no_deadlock; beside a dead agent that is survives_death, which only the caller knows.
/// What values of the word are legal, the protocol says.
std::vector<Property> broken_by(const Outcome& outcome);

}  // namespace minusone
