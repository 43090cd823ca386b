#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "stress/machine/fault_plan.h"
#include "stress/search/search.h"

namespace minusone {

struct Strategy;

/// A way to choose schedules, and all that is said of it: a row of strategies().
struct StrategyKind {
  std::string_view name;
  /// Of the number behind a colon ("pct:3"); most = 0: it takes none.
  struct Argument {
    std::string_view help;  ///< "a depth D"
    int least = 0, most = 0;
  } argument;
  bool samples = false;  ///< visits as many executions as it is told, and never all
  /// Without faults, which are the same for all.
  std::unique_ptr<Search> (*make)(const Strategy& strategy, Machine& machine,
                                  const SearchLimits& limits, std::uint64_t seed) = nullptr;
};

extern const StrategyKind exhaustive_strategy;

/// Every strategy there is: a new one is added here and nowhere else. The first is the one that is
/// taken where none is asked for.
std::span<const StrategyKind* const> strategies();

/// How to search.
struct Strategy {
  const StrategyKind* kind = &exhaustive_strategy;
  int argument = 0;
  std::optional<int> preemptions;  ///< exhaustive: no more of them, without reduction
  bool over_states = false;        ///< exhaustive: each state once, not each execution
  FaultBudget faults;              ///< what may happen besides the agents' own steps
};

/// "exhaustive", "pct:3", "pos", "random". @return nothing where it is none of these
std::optional<Strategy> parse_strategy(std::string_view text,
                                       std::span<const StrategyKind* const> known = strategies());
std::string to_string(const Strategy& strategy);
/// "exhaustive, pct:D with a depth D of 1 to 20, pos or random".
std::string strategies_in_words(std::span<const StrategyKind* const> known = strategies());

/// Whether a death may befall an agent.
using MayDie = std::function<bool(int agent)>;

/// @param machine  outlives the search
std::unique_ptr<Search> make_search(const Strategy& strategy, Machine& machine,
                                    const MayDie& may_die, const SearchLimits& limits,
                                    std::uint64_t seed);

}  // namespace minusone
