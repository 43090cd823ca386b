#pragma once

#include <memory>
#include <string>
#include <vector>

#include "stress/machine/turn.h"
#include "stress/search/search.h"

namespace minusone {

/// Chooses who goes on, in one execution after the other: the smaller of the two ways to add a
/// strategy.
class SchedulingPolicy {
 public:
  virtual ~SchedulingPolicy() = default;

  /// An execution starts, the machine stands at its start.
  virtual void begin(const Machine& machine) = 0;
  /// @param ready  agents that can go on, in ascending order, at least one
  virtual int pick(const Machine& machine, const std::vector<int>& ready) = 0;
  /// The agent that was picked took this step. (Nothing is told of steps without effect.)
  virtual void took(const Machine&, const Step&) {}
  /// What `samples` executions without a finding are worth, in one clause; empty: nothing is known.
  virtual std::string worth(std::uint64_t) const { return {}; }
};

/// Uniform among those who are ready. Simple, and biased: short agents finish early.
std::unique_ptr<SchedulingPolicy> make_random(std::uint64_t seed);
/// Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010):
/// random priorities and `depth` - 1 random points at which the first falls to the last. A bug of
/// that depth is met with a probability of at least 1 / (n k^(depth-1)) in each execution of n
/// agents and up to k steps.
///
/// A change point lowers the agent that is about to take the step: no agent has an empty first step
/// here, behind which it could be lowered. A round of a wait without effect counts as a step, as in
/// the paper.
///
/// Differs from the paper: k is not given, but learnt from the longest execution so far; worth()
/// counts only those that were drawn since it grew last. An agent that goes on for 500 steps while
/// others could is taken for one that waits for them in a loop, and falls to last; the bound is not
/// for bugs that need it to go on longer.
std::unique_ptr<SchedulingPolicy> make_pct(int depth, std::uint64_t seed);
/// Partial order sampling (Yuan, Yang, Gu, CAV 2018): a random priority for each pending step,
/// drawn anew for those that race with the one taken.
std::unique_ptr<SchedulingPolicy> make_pos(std::uint64_t seed);

/// Draws executions by a policy until a limit is reached; 10 000 executions unless the limits say.
class Sampler : public Search {
 public:
  Sampler(Machine& machine, SearchLimits limits, std::unique_ptr<SchedulingPolicy> policy);

  SearchCounts run(const Visitor& visitor) override;
  const SearchCounts& counts() const override { return counts_; }
  double estimate() const override { return static_cast<double>(limits_.executions); }
  Assurance assurance() const override { return Assurance::sampled; }
  std::vector<std::string> limits() const override;

 private:
  End run_once();
  Effect go_on(const Turn& turn);

  Machine& machine_;
  SearchLimits limits_;
  std::unique_ptr<SchedulingPolicy> policy_;
  SearchCounts counts_;
  std::vector<Step> steps_;
  std::vector<int> ready_;
};

}  // namespace minusone
