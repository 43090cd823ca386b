#pragma once

#include "stress/instrument/announcement.h"
#include "stress/machine/step.h"

namespace minusone {

/// Fills in what an announced call touches that is no access to memory. What an agent's end undoes
/// the model of synchronisation has to add.
void describe_sync_step(const Context& agent, Step& step);

}  // namespace minusone
