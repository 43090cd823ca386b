#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace minusone {

/// What an execution comes to.
struct Outcome {
  std::optional<long> word;  ///< the state word at the end; nothing where the protocol has none
  unsigned lost = 0;
  unsigned duplicated = 0;
  unsigned torn = 0;
  unsigned reordered = 0;
  unsigned stuck = 0;  ///< agents that wait for what is already there

  auto operator<=>(const Outcome&) const = default;
};

/// The one fixed form: "written = -1, lost 0, duplicated 1, torn 0". `reordered N` and `stuck N`
/// follow only when they are not 0; the word is left out where there is none.
std::string to_string(const Outcome& outcome, std::string_view word_name);

enum class Grade { acceptable, interesting, forbidden };

std::string_view name_of(Grade grade);

/// A pattern that is not of the form: the protocol's description is to be mended.
struct BadPattern : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

/// True when every term of `pattern` holds of the outcome. Terms are separated by commas; a term is
/// a field (the word's name, lost, duplicated, torn, reordered, stuck) followed by a number
/// ("lost 0", "written = -1") or by a comparison ("written < 0", "duplicated > 0").
/// @throws BadPattern  a pattern that is not of this form
bool matches(std::string_view pattern, const Outcome& outcome, std::string_view word_name);

}  // namespace minusone
