#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "protocol/verdict.h"
#include "stress/machine/execution.h"
#include "stress/machine/fault_plan.h"
#include "stress/machine/machine.h"

namespace minusone {

class FiberMachine;

/// Called at the end of each execution but duplicates. @return false to stop the search
using Visitor = std::function<bool(const Execution&)>;

struct SearchLimits {
  std::uint64_t executions = UINT64_MAX;  ///< duplicates not counted
  std::size_t steps = 5'000;              ///< of one execution
  /// Asked now and then; true ends the search.
  std::function<bool()> interrupted;
};

/// What a search came to.
struct SearchCounts {
  std::uint64_t complete = 0;
  std::uint64_t quiescent = 0;
  std::uint64_t violations = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t too_long = 0;
  std::uint64_t steps = 0;  ///< of all, those taken together counted once
  bool exhausted = false;   ///< nothing was left to visit

  std::uint64_t executions() const { return complete + quiescent + violations + too_long; }
  void add(End end);
};

/// Where schedules come from: a search lets a machine's agents take steps, one execution after the
/// other, and hands each out. To add one: derive from this (or, where each execution is chosen anew
/// without memory of the others, from Picker in sampler.h), and name it in make_search().
///
/// What a machine asks of a search: reset() first; step() only agents whose state() is ready; an
/// agent whose step had no_effect is as before and has taken none; after a violation only rewind()
/// or reset(). Steps that depend() is false for may be swapped without any oracle's noticing.
class Search {
 public:
  virtual ~Search() = default;

  /// Runs until nothing is left, a limit is reached, or `visitor` says stop.
  virtual SearchCounts run(const Visitor& visitor) = 0;
  virtual const SearchCounts& counts() const = 0;
  /// How many executions there are in all, as far as it can be told; 0: unknown.
  virtual double estimate() const { return 0; }
  /// What a search that was not cut short is worth.
  virtual Assurance assurance() const = 0;
  /// What the verdict is limited to, one clause each, beyond what limits the machine.
  virtual std::vector<std::string> limits() const { return {}; }
};

/// For searches, after reset(): where an agent has failed before its first step there is but one
/// execution, of no steps. Visits it. @return whether that was all
bool fails_at_once(const Machine& machine, const Visitor& visitor, SearchCounts& counts);

/// How to search.
struct Strategy {
  enum class Kind { exhaustive, pct, pos, random };
  Kind kind = Kind::exhaustive;
  int depth = 3;                   ///< pct: of the bugs that its bound is for
  std::optional<int> preemptions;  ///< exhaustive: no more of them, without reduction
  FaultBudget faults;              ///< what may happen besides the agents' own steps
};

/// "exhaustive", "pct:3", "pos", "random". @return nothing where it is none of these
std::optional<Strategy> parse_strategy(const std::string& text);
std::string to_string(const Strategy& strategy);

/// @param machine  outlives the search
/// @param writers  of its agents, the first so many: whom a death may befall
std::unique_ptr<Search> make_search(const Strategy& strategy, FiberMachine& machine, int writers,
                                    const SearchLimits& limits, std::uint64_t seed);

}  // namespace minusone
