#include "stress/assembly/refusal.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

namespace minusone::assembly {
namespace {

/// As one would open it from here.
std::string shown(const Block& where) {
  if (where.file.empty()) return "outside of any function";
  std::error_code none;
  const auto near = std::filesystem::proximate(where.file, none).string();
  return fmt::format("{}:{}", near.empty() || near.starts_with("..") ? where.file : near,
                     where.line);
}

}  // namespace

std::string refusal(const std::vector<Unseen>& unseen) {
  std::vector<std::string> places;  // a header's block comes up in each source and where inlined
  for (const Unseen& one : unseen) {
    auto place = fmt::format("{} (`{}`{})", shown(one.where), one.instruction, one.why);
    if (std::ranges::find(places, place) == places.end()) places.push_back(std::move(place));
  }
  const bool all_own = std::ranges::none_of(
      unseen, [](const Unseen& one) { return one.where.kind == Unhooked::block; });
  return fmt::format(
      "{} may touch memory would be no step, and a verdict would be wrong: {}; "
      "write it with C11 or C++ atomics, or with the __atomic functions of the compiler",
      all_own ? "what" : "inline assembly that", fmt::join(places, ", "));
}

}  // namespace minusone::assembly
