#pragma once

#include <cstdint>

namespace minusone {

/// What a value is chosen for: of all that a program names each is tried.
enum class ChosenFor : std::uint8_t { all, number, random };

inline constexpr int most_values = 10'000;  ///< to choose from at once

/// Which numbers a program is given that it asks for without saying which may come.
struct ChosenNumbers {
  int least = -1;  ///< of __VERIFIER_nondet_int() and the like
  int most = 1;
  int of_rand = 0;  ///< rand() comes to each below this; 0: to one sequence

  bool operator==(const ChosenNumbers&) const = default;
};

}  // namespace minusone
