#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/outcome.h"

namespace minusone {

/// How a model's execution ended. The model has no word where the protocol has none.
struct ModelEnd {
  Outcome outcome;
  bool illegal = false;  ///< the word once had a value that is none of its own
  bool died = false;     ///< an agent did

  auto operator<=>(const ModelEnd&) const = default;
};

/// What SPIN's verifier printed of a search.
struct ModelSearch {
  /// Every state was visited. False unless the output says so, and says nothing against it.
  bool complete = false;
  std::vector<std::string> limits;  ///< why it is not complete, a clause each
  bool found = false;               ///< an error ended it, and a trail was written
  std::set<ModelEnd> ends;
  std::uint64_t states = 0;
  std::uint64_t transitions = 0;
  std::uint64_t depth = 0;
  double megabytes = 0;
  double seconds = 0;
};

/// One step of a model's execution.
struct ModelStep {
  int agent = 0;      ///< writers first, then readers
  int line = 0;       ///< of the model; 0 for a death
  bool dies = false;  ///< it is dead, and the kernel cleans up behind it

  bool operator==(const ModelStep&) const = default;
};

/// A path through a model.
struct ModelTrail {
  std::vector<ModelStep> steps;
  int loop_from = -1;           ///< the step with which its cycle begins; -1: it ends
  std::optional<ModelEnd> end;  ///< what it comes to, where it ends
};

/// Reads what `pan` prints at the end of a search.
/// @param has_word  whether the outcome's first field is a state word
ModelSearch parse_search(std::string_view text, bool has_word);

/// Reads what `pan -r` prints of a trail: agents' steps only, each a line [D_STEPn] of a process
/// that is an agent.
ModelTrail parse_trail(std::string_view text, bool has_word);

/// The number of the last step in what `pan -r` prints, SPIN's own steps counted.
std::size_t longest_step(std::string_view text);

}  // namespace minusone
