#pragma once

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <istream>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>

namespace minusone {

/// All that is left of a stream, a buffer at a time.
inline std::string whole(std::istream& stream) {
  std::ostringstream all;
  all << stream.rdbuf();
  return std::move(all).str();
}

/// @throws std::system_error  it cannot be read
inline std::string text_of(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream)
    throw std::system_error(errno, std::system_category(), "reading '" + path.string() + "'");
  return whole(stream);
}

}  // namespace minusone
