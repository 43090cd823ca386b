#pragma once

#include <optional>
#include <string>
#include <vector>

#include "protocol/verdict.h"

namespace minusone {

/// Data races that the author of the code knows and accepts, each by one of its places,
/// "queue.h:120", or by both, "queue.h:120,queue.h:95". A file is named by the end of its path.
class AllowedRaces {
 public:
  /// @param given  as on the command line and in a protocol's description
  /// @throws UsageError  it names no place
  explicit AllowedRaces(const std::vector<std::string>& given);

  /// Whether any allowance covers the race; each that does has come up.
  bool allow(const Race& race);
  /// Those that no race came up for, as they were given.
  std::vector<std::string> unused() const;

 private:
  struct Place {
    std::string file;
    int line;
  };
  struct Allowance {
    std::string given;
    Place place;
    std::optional<Place> other;
    bool used = false;
  };

  static Place place_of(const std::string& part, const std::string& given);
  static bool is_at(const RaceSide& side, const Place& place);

  std::vector<Allowance> allowances_;
};

}  // namespace minusone
