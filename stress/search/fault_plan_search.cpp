#include "stress/search/fault_plan_search.h"

#include <algorithm>

namespace minusone {
namespace {

constexpr FaultKind kinds[] = {FaultKind::death, FaultKind::eintr, FaultKind::spurious,
                               FaultKind::weak_cas, FaultKind::timeout};

int count_of(FaultKind kind, const FaultPlan& plan) {
  return static_cast<int>(std::ranges::count(plan, kind, &PlannedFault::kind));
}

}  // namespace

FaultPlanSearch::FaultPlanSearch(Machine& machine, const FaultBudget& budget, MayDie may_die,
                                 SearchLimits limits, bool each_plan, MakeSearch make)
    : machine_(machine),
      budget_(budget),
      may_die_(std::move(may_die)),
      limits_(std::move(limits)),
      each_plan_(each_plan),
      make_(std::move(make)) {}

SearchCounts FaultPlanSearch::run(const Visitor& visitor) {
  exhausted_ = true;
  search({}, visitor);
  counts_.exhausted = exhausted_;
  machine_.faults().plan({});
  return counts_;
}

void FaultPlanSearch::note_reach(Reach& reach) const {
  for (const FaultKind kind : kinds) {
    if (budget_.of(kind) == 0) continue;
    for (int agent = 0; agent < machine_.agents(); ++agent) {
      int& furthest = reach[{kind, agent}];
      furthest = std::max(furthest, machine_.faults().places_for(kind, agent));
    }
  }
}

// The executions of this plan, then of those with one fault more, each behind the last in order.
// @return false to stop
bool FaultPlanSearch::search(const FaultPlan& plan, const Visitor& visitor) {
  machine_.faults().plan(plan);
  SearchLimits limits = limits_;
  if (limits.executions != UINT64_MAX && !each_plan_) {
    if (counts_.executions() >= limits.executions) return false;
    limits.executions -= counts_.executions();
  }
  const auto inner = make_(limits);
  Reach reach;
  bool realised = false, goes_on = true;
  std::uint64_t elsewhere = 0;
  inner->run([&](const Execution& execution) {
    if (!machine_.faults().all_befell()) {
      ++elsewhere;
      return true;
    }
    realised = true;
    note_reach(reach);
    counts_.add(execution.end);
    return goes_on = visitor(execution);
  });
  counts_.duplicates += inner->counts().duplicates + elsewhere;
  counts_.steps += inner->counts().steps;
  exhausted_ &= inner->counts().exhausted;
  if (plan.empty()) {
    assurance_ = inner->assurance();
    limit_sentences_ = inner->limits();
  } else if (inner->assurance() != Assurance::complete) {
    assurance_ = inner->assurance();
  }
  const bool sampled = assurance_ == Assurance::sampled;
  if (!goes_on || machine_.unwatched_stacks() != 0 || (!inner->counts().exhausted && !sampled))
    return false;
  if (!realised) return true;
  for (const auto& [place, furthest] : reach) {
    const auto [kind, agent] = place;
    if (count_of(kind, plan) == budget_.of(kind) || (kind == FaultKind::death && !may_die_(agent)))
      continue;
    const int first = kind == FaultKind::death ? 0 : 1;
    for (int at = first; at <= furthest; ++at) {
      const PlannedFault next{kind, agent, at};
      if (!plan.empty() && next <= plan.back()) continue;
      FaultPlan longer = plan;
      longer.push_back(next);
      if (!search(longer, visitor)) return false;
    }
  }
  return true;
}

}  // namespace minusone
