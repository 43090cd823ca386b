#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "protocol/verdict.h"
#include "stress/machine/execution.h"
#include "stress/machine/machine.h"

namespace minusone {

/// Called at the end of each execution but duplicates. @return false to stop the search
using Visitor = std::function<bool(const Execution&)>;

struct SearchLimits {
  std::uint64_t executions = UINT64_MAX;             ///< duplicates not counted
  std::size_t steps = 5'000;                         ///< of one execution
  static constexpr std::size_t most_steps = 60'000;  ///< they are counted in 16 bits
  std::size_t state_bytes = std::size_t{4} << 30;    ///< for states that were reached, where kept
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
/// without memory of the others, from SchedulingPolicy in sampler.h), and give it a row in
/// strategies() (strategy.cpp).
///
/// What a machine asks of a search: reset() first; step() only agents whose state() is ready; an
/// agent whose step had no_effect is as before and has taken none; after a violation only rewind()
/// or reset(); after Effect::unwatched nothing. Steps that depend() is false for may be swapped
/// without any oracle's noticing.
class Search {
 public:
  virtual ~Search() = default;

  /// Runs until nothing is left, a limit is reached, `visitor` says stop, or an agent uses a stack
  /// that is not watched: Machine::unwatched_stacks() is then not 0, and nothing counts.
  virtual SearchCounts run(const Visitor& visitor) = 0;
  virtual const SearchCounts& counts() const = 0;
  /// How many executions there are in all, as far as it can be told; 0: unknown.
  virtual double estimate() const { return 0; }
  /// What a search that was not cut short is worth.
  virtual Assurance assurance() const = 0;
  /// What the verdict is limited to, one clause each, beyond what limits the machine.
  virtual std::vector<std::string> limits() const { return {}; }
  /// Of a search over states.
  virtual std::optional<StateCounts> states() const { return std::nullopt; }
  /// Why there may be data races in none of the executions that it handed out; empty: there are
  /// none.
  virtual std::string races_not_judged() const { return {}; }
};

/// For searches, after reset(): where an agent has failed before its first step there is but one
/// execution, of no steps. Visits it. @return whether that was all, or nothing may be visited at
/// all
bool fails_at_once(const Machine& machine, const Visitor& visitor, SearchCounts& counts);

}  // namespace minusone
