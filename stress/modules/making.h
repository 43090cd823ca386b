#pragma once

#include <filesystem>

#include "stress/modules/builder.h"

namespace minusone {

/// A request with its sources' paths absolute and without links, so that one file is always the
/// same to the compiler.
/// @throws UsageError   no such source
/// @throws ToolMissing  what modules are made of is not there
BuildRequest with_paths(BuildRequest request);

/// Makes the module of a request that has its paths.
void make_module(const BuildRequest& request, const std::filesystem::path& output);

}  // namespace minusone
