#pragma once

#include <istream>
#include <sstream>
#include <string>
#include <utility>

namespace minusone {

/// All that is left of a stream, a buffer at a time.
inline std::string whole(std::istream& stream) {
  std::ostringstream all;
  all << stream.rdbuf();
  return std::move(all).str();
}

}  // namespace minusone
