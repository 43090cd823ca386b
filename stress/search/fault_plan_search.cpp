#include "stress/search/fault_plan_search.h"

#include <algorithm>

namespace minusone {
namespace {

constexpr FaultKind kinds[] = {FaultKind::death,    FaultKind::eintr,   FaultKind::spurious,
                               FaultKind::weak_cas, FaultKind::timeout, FaultKind::choice};

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
  std::set<FaultPlan> plans{{}};
  for (bool goes_on = true; goes_on && !plans.empty();) {
    std::set<FaultPlan> longer;
    for (const FaultPlan& plan : plans) {
      const auto reach = search(plan, visitor);
      goes_on = reach.has_value();
      if (!goes_on) break;
      add_longer(plan, *reach, longer);
    }
    plans = std::move(longer);
  }
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

/// The plan with one fault more, for each of those that its executions came by.
void FaultPlanSearch::add_longer(const FaultPlan& plan, const Reach& reach,
                                 std::set<FaultPlan>& plans) const {
  const auto add = [&](const PlannedFault& next) {
    if (std::ranges::any_of(plan, [&](const PlannedFault& known) {
          return known.kind == next.kind && known.agent == next.agent && known.at == next.at;
        }))
      return;
    FaultPlan longer = plan;
    longer.insert(std::ranges::upper_bound(longer, next), next);
    plans.insert(std::move(longer));
  };
  for (const auto& [place, furthest] : reach) {
    const auto [kind, agent] = place;
    if (count_of(kind, plan) == budget_.of(kind) || (kind == FaultKind::death && !may_die_(agent)))
      continue;
    for (int at = kind == FaultKind::death ? 0 : 1; at <= furthest; ++at) {
      const int values = kind == FaultKind::choice ? machine_.faults().values_at(agent, at) : 0;
      if (kind != FaultKind::choice) add({kind, agent, at});
      for (int value = 1; value < values; ++value) add({kind, agent, at, value});
    }
  }
}

/// The executions of this plan. @return nothing to stop
std::optional<FaultPlanSearch::Reach> FaultPlanSearch::search(const FaultPlan& plan,
                                                              const Visitor& visitor) {
  // The search of one plan may be too short to ask.
  if (limits_.interrupted && limits_.interrupted()) {
    exhausted_ = false;
    return std::nullopt;
  }
  machine_.faults().plan(plan);
  SearchLimits limits = limits_;
  if (limits.executions != UINT64_MAX && !each_plan_) {
    if (counts_.executions() >= limits.executions) {
      exhausted_ = false;
      return std::nullopt;
    }
    limits.executions -= counts_.executions();
  }
  const auto inner = make_(limits);
  Reach reach;
  bool goes_on = true;
  std::uint64_t elsewhere = 0;
  inner->run([&](const Execution& execution) {
    if (!machine_.faults().all_befell()) {
      ++elsewhere;
      return true;
    }
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
    return std::nullopt;
  return reach;
}

}  // namespace minusone
