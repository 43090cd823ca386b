#pragma once

#include <filesystem>

#include "stress/modules/builder.h"

namespace minusone::watch {

/// Makes a program of C or C++ files that can be watched: the compiler's ThreadSanitizer pass, and
/// the runtime of this room in place of libtsan. Started by itself it runs as any other. It appears
/// at `output` whole or not at all.
/// @throws as minusone::build_module
void build_program(const BuildRequest& request, const std::filesystem::path& output);

}  // namespace minusone::watch
