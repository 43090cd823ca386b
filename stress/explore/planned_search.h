#pragma once

#include <map>
#include <memory>

#include "stress/explore/search.h"
#include "stress/fibers/fiber_machine.h"

namespace minusone {

/// Searches the executions without faults, then those of each plan of faults within a budget. With
/// a fault at a given place of an agent's run the agent is as deterministic as without it, so each
/// plan is a search of its own, complete if that is, and no two plans share an execution: those in
/// which not all that was planned befell are left out as duplicates. Places are looked for as far
/// as the executions with one fault less came.
class PlannedSearch : public Search {
 public:
  using MakeSearch = std::function<std::unique_ptr<Search>(const SearchLimits&)>;

  /// @param writers    agents before this one are writers
  /// @param each_plan  the limit on executions is for each plan, not for all together
  /// @param make       the search of one plan
  PlannedSearch(FiberMachine& machine, const FaultBudget& budget, int writers, SearchLimits limits,
                bool each_plan, MakeSearch make);

  SearchCounts run(const Visitor& visitor) override;
  const SearchCounts& counts() const override { return counts_; }
  double estimate() const override { return 0; }
  Assurance assurance() const override { return assurance_; }
  std::vector<std::string> limits() const override { return limit_sentences_; }

 private:
  /// How far executions of one plan came: places by kind and agent.
  using Reach = std::map<std::pair<FaultKind, int>, int>;

  bool search(const FaultPlan& plan, const Visitor& visitor);
  void note_reach(Reach& reach) const;
  bool may_befall(FaultKind kind, int agent) const;

  FiberMachine& machine_;
  const FaultBudget budget_;
  const int writers_;
  SearchLimits limits_;
  const bool each_plan_;
  const MakeSearch make_;
  SearchCounts counts_;
  Assurance assurance_ = Assurance::complete;
  std::vector<std::string> limit_sentences_;
};

}  // namespace minusone
