#pragma once

#include "stress/agents/step.h"
#include "stress/instrument/announcement.h"

namespace minusone {

/// All System V segments: which there are, and under which keys.
constexpr std::uint64_t segments = nowhere | std::uint64_t{3} << 60;

/// Fills in what an announced call touches that is no access to memory. What an agent's end undoes
/// the model of synchronisation has to add.
void describe_sync_step(const Context& agent, Step& step);

}  // namespace minusone
