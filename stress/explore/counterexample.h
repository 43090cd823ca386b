#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "stress/explore/schedule.h"
#include "stress/subjects/subject.h"

namespace minusone {

/// How hard an execution is to follow: faults first, then context switches, then steps.
std::array<std::size_t, 3> effort(const Schedule& schedule);

/// The same trace in an order of the fewest context switches that it has. (Where there are more
/// than 20 000 ways to get part of the way, of few: greedy from there on.)
std::vector<int> with_few_switches(std::span<const Step> steps);

/// What a schedule came to.
struct RunTrace {
  std::vector<Step> steps;
  std::vector<std::vector<const void*>> callers;  ///< of each step (Machine::callers())
  End end = End::quiescent;                       ///< of a position: too_long
};

/// Takes the steps of a schedule and no more.
/// @throws BadSchedule a step that cannot be taken
RunTrace take(Subject& subject, const Schedule& schedule);

/// The smallest change of a violating schedule with which the property holds: two steps next to
/// each other that are swapped, the rest as near to the schedule as it goes. Empty where no swap
/// helps.
std::string cause_of(Subject& subject, const Schedule& schedule, Property broken);

/// What is shrunk together: agents and messages, and the faults that may befall them.
struct ShrinkCase {
  Workload workload;
  FaultBudget faults;

  bool operator==(const ShrinkCase&) const = default;
};

/// A smaller workload with fewer faults with which the property is broken too; the same where there
/// is none. An exhaustive search of few executions decides.
ShrinkCase smallest_case(const std::string& module, const ShrinkCase& given, const StepRules& rules,
                         Property broken);

/// Whether an execution breaks a property, races included.
bool breaks(Subject& subject, const Execution& execution, Property property);

}  // namespace minusone
