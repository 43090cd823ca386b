#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace minusone {

/// "1 execution", "2 executions".
std::string counted(std::integral auto count, std::string_view noun) {
  return std::to_string(count).append(" ").append(noun).append(count == 1 ? "" : "s");
}

/// "1 execution was", "2 executions were".
std::string counted_were(std::integral auto count, std::string_view noun) {
  return counted(count, noun) + (count == 1 ? " was" : " were");
}

}  // namespace minusone
