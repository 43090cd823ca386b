#pragma once

#include <filesystem>

namespace minusone {

/// What modules are made of beside their sources: headers, runtime, scripts, flags.
std::filesystem::path kit();

}  // namespace minusone
