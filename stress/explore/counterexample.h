#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "stress/explore/schedule.h"
#include "stress/subjects/subject.h"

namespace minusone {

/// Which execution: what befalls the agents, and who takes each step.
struct Course {
  FaultPlan faults;
  std::vector<int> agents;
};

/// How hard an execution is to follow: faults first, then context switches, then steps.
std::array<std::size_t, 3> effort(const Course& course);

/// The same trace in an order of the fewest context switches that it has. (Where there are more
/// than 20 000 ways to get part of the way, of few: greedy from there on.)
std::vector<int> with_few_switches(std::span<const Step> steps);

/// One execution, taken step by step.
struct Taken {
  std::vector<Step> steps;
  End end = End::quiescent;
};

/// Takes the steps of a schedule and no more.
/// @param is_position  somebody may be able to go on; the end is then too_long
/// @throws BadSchedule a step that cannot be taken
Taken take(Subject& subject, const Course& course, bool is_position = false);

/// The smallest change of a violating schedule with which the property holds: two steps next to
/// each other that are swapped, the rest as near to the schedule as it goes. Empty where no swap
/// helps.
std::string cause_of(Subject& subject, const Course& course, Property broken);

/// What is shrunk together: agents and messages, and the faults that may befall them.
struct Trouble {
  Workload workload;
  FaultBudget faults;

  bool operator==(const Trouble&) const = default;
};

/// A smaller workload with fewer faults with which the property is broken too; the same where there
/// is none. RapidCheck drives the shrinking, an exhaustive search of few executions decides.
Trouble smallest_trouble(const std::string& module, const Trouble& trouble, int copy_steps,
                         Property broken);

/// Whether an execution breaks a property, races included.
bool breaks(Subject& subject, const Execution& execution, Property property);

}  // namespace minusone
