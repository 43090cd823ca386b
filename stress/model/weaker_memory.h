#pragma once

#include <optional>
#include <string>

#include "protocol/memory_model.h"
#include "stress/explore/explore.h"
#include "stress/modules/module.h"

namespace minusone {

/// The strongest memory model, weaker than sequential consistency, some execution of which comes to
/// that outcome. Nothing where none does, or where it is not known (what is not modelled, a limit).
/// @param options  of the exploration, but for its memory
std::optional<MemoryModel> weaker_memory_with(const std::string& outcome, const ModuleFile& module,
                                              ExploreOptions options);

}  // namespace minusone
