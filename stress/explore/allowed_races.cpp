#include "stress/explore/allowed_races.h"

#include <fmt/format.h>

#include <charconv>

#include "stress/modules/module.h"

namespace minusone {

AllowedRaces::AllowedRaces(const std::vector<std::string>& given) {
  for (const auto& text : given) {
    const auto comma = text.find(',');
    Allowance allowance{text, place_of(text.substr(0, comma), text), std::nullopt};
    if (comma != std::string::npos) allowance.other = place_of(text.substr(comma + 1), text);
    allowances_.push_back(std::move(allowance));
  }
}

AllowedRaces::Place AllowedRaces::place_of(const std::string& part, const std::string& given) {
  const auto colon = part.rfind(':');
  int line = 0;
  if (colon != std::string::npos && colon > 0) {
    const char* const end = part.data() + part.size();
    const auto [at, error] = std::from_chars(part.data() + colon + 1, end, line);
    if (error == std::errc{} && at == end && line > 0) return {part.substr(0, colon), line};
  }
  throw UsageError(
      fmt::format("'{}' allows no race: expected one of its places, FILE:LINE, or both with a "
                  "comma between, such as queue.h:120,queue.h:95",
                  given));
}

bool AllowedRaces::is_at(const RaceSide& side, const Place& place) {
  if (side.line != place.line) return false;
  return side.file == place.file || side.path == place.file ||
         side.path.ends_with("/" + place.file);
}

bool AllowedRaces::allow(const Race& race) {
  bool allowed = false;
  for (Allowance& allowance : allowances_) {
    const auto covers = [&](const RaceSide& one, const RaceSide& other) {
      return is_at(one, allowance.place) && (!allowance.other || is_at(other, *allowance.other));
    };
    if (!covers(race.a, race.b) && !covers(race.b, race.a)) continue;
    allowed = allowance.used = true;
  }
  return allowed;
}

std::vector<std::string> AllowedRaces::unused() const {
  std::vector<std::string> all;
  for (const Allowance& allowance : allowances_) {
    if (!allowance.used) all.push_back(allowance.given);
  }
  return all;
}

}  // namespace minusone
