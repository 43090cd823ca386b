#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace minusone {

/// "1 execution", "2 executions".
std::string counted(std::integral auto count, std::string_view noun) {
  return std::to_string(count).append(" ").append(noun).append(count == 1 ? "" : "s");
}

}  // namespace minusone
