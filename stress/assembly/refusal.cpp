#include "stress/assembly/refusal.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "stress/assembly/instruction.h"

namespace minusone::assembly {
namespace {

bool is_seen(const Statement& statement) {
  if (statement.is_directive()) return is_harmless_directive(statement);
  return judge(statement).effect == Effect::none;
}

/// As one would open it from here.
std::string shown(const Block& where) {
  if (where.file.empty()) return "outside of any function";
  std::error_code none;
  const auto near = std::filesystem::proximate(where.file, none).string();
  return fmt::format("{}:{}", near.empty() || near.starts_with("..") ? where.file : near,
                     where.line);
}

}  // namespace

std::vector<Unseen> unseen_in(const Text& text) {
  std::vector<Unseen> found;
  int last = -1;
  for (const Line& line : text.lines) {
    if (line.block < 0 || line.block == last || is_seen(line.statement)) continue;
    last = line.block;
    found.push_back({text.blocks[static_cast<std::size_t>(line.block)], line.statement.text()});
  }
  return found;
}

std::string refusal(const std::vector<Unseen>& unseen) {
  std::vector<std::string> places;  // a header's block comes up in each source and where inlined
  for (const Unseen& one : unseen) {
    auto place = fmt::format("{} (`{}`)", shown(one.where), one.instruction);
    if (std::ranges::find(places, place) == places.end()) places.push_back(std::move(place));
  }
  return fmt::format(
      "inline assembly that may touch memory would be no step, and a verdict would be wrong: {}; "
      "write it with C11 or C++ atomics, or with the __atomic functions of the compiler",
      fmt::join(places, ", "));
}

}  // namespace minusone::assembly
