#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "stress/search/strategy.h"

namespace minusone {

/// Searches the executions without faults, then those of each plan of faults within a budget, of
/// fewer faults first. With a fault at a given place of an agent's run the agent is as
/// deterministic as without it, so each plan is a search of its own, complete if that is, and no
/// two plans share an execution: those in which not all that was planned befell are left out as
/// duplicates. Places are looked for as far as the executions with one fault less came, whichever
/// of the faults that is: one may lead another agent to the place of the next.
class FaultPlanSearch : public Search {
 public:
  using MakeSearch = std::function<std::unique_ptr<Search>(const SearchLimits&)>;

  /// @param may_die    whom the budget's deaths may befall
  /// @param each_plan  the limit on executions is for each plan, not for all together
  /// @param make       the search of one plan
  FaultPlanSearch(Machine& machine, const FaultBudget& budget, MayDie may_die, SearchLimits limits,
                  bool each_plan, MakeSearch make);

  SearchCounts run(const Visitor& visitor) override;
  const SearchCounts& counts() const override { return counts_; }
  double estimate() const override { return 0; }
  Assurance assurance() const override { return assurance_; }
  std::vector<std::string> limits() const override { return limit_sentences_; }

 private:
  /// How far executions of one plan came: places by kind and agent.
  using Reach = std::map<std::pair<FaultKind, int>, int>;

  std::optional<Reach> search(const FaultPlan& plan, const Visitor& visitor);
  void note_reach(Reach& reach) const;
  void add_longer(const FaultPlan& plan, const Reach& reach, std::set<FaultPlan>& plans) const;

  Machine& machine_;
  const FaultBudget budget_;
  const MayDie may_die_;
  SearchLimits limits_;
  const bool each_plan_;
  const MakeSearch make_;
  SearchCounts counts_;
  bool exhausted_ = false;  ///< so far
  Assurance assurance_ = Assurance::complete;
  std::vector<std::string> limit_sentences_;
};

}  // namespace minusone
