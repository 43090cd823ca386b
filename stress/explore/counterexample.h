#pragma once

#include <span>
#include <string>
#include <vector>

#include "stress/explore/subject.h"

namespace minusone {

/// How hard an execution is to follow: context switches first, then steps.
std::pair<std::size_t, std::size_t> effort(const std::vector<int>& agents);

/// The same trace in an order of the fewest context switches that it has. (Where there are more
/// than 20 000 ways to get part of the way, of few: greedy from there on.)
std::vector<int> with_few_switches(std::span<const Step> steps);

/// One execution, taken step by step.
struct Taken {
  std::vector<Step> steps;
  End end = End::resting;
};

/// Takes the steps of a schedule and no more. @throws BadSchedule a step that cannot be taken
Taken take(Subject& subject, const std::vector<int>& agents);

/// The smallest change of a violating schedule with which the property holds: two steps next to
/// each other that are swapped, the rest as near to the schedule as it goes. Empty where no swap
/// helps.
std::string cause_of(Subject& subject, const std::vector<int>& agents, Property broken);

/// A smaller workload with which the property is broken too; the same where there is none.
/// RapidCheck drives the shrinking, an exhaustive search of few executions decides.
Workload smallest_workload(const std::string& module, const Workload& workload, int copy_steps,
                           Property broken);

/// Whether an execution breaks a property, races included.
bool breaks(Subject& subject, const Execution& execution, Property property);

}  // namespace minusone
