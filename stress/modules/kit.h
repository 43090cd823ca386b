#pragma once

#include <filesystem>
#include <string>

namespace minusone {

/// What modules are made of beside their sources: headers, runtime, scripts, flags.
std::filesystem::path kit();

/// @throws std::system_error  it cannot be read
std::string text_of(const std::filesystem::path& path);

}  // namespace minusone
