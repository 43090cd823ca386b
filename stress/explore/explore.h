#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "protocol/verdict.h"
#include "stress/explore/schedule.h"

namespace minusone {

/// Bytes of text that are explored: a copy is as many steps at any size, and waits are recognised
/// by stacks that hold the message.
inline constexpr std::size_t most_explored_text = 1024;

struct ExploreOptions {
  Workload workload;
  bool optimized = false;  ///< the -O2 object
  int copy_steps = 2;      ///< steps of one racy copy
  std::optional<std::uint64_t> executions;
  std::chrono::milliseconds time_limit{std::chrono::minutes(10)};
};

/// Told now and then: executions so far, and the estimate of how many there are.
using ExploreProgress = std::function<void(std::uint64_t executions, double estimate)>;

/// Visits every execution of the workload under sequential consistency, one for each Mazurkiewicz
/// trace, and judges each.
/// @param module  path of a traced module
/// @param build   its id, which schedules carry
/// @throws ModuleRefused  it cannot be explored: why
Result explore(const std::string& module, const std::string& build, const ExploreOptions& options,
               const ExploreProgress& progress = {});

/// One execution as people read it: a line a step.
struct Replayed {
  Result result;                   ///< engine "replay", one execution
  std::vector<std::string> trace;  ///< a line a step
};

/// Takes the steps of a schedule. @throws BadSchedule a step that cannot be taken: which, and why
Replayed replay(const std::string& module, const Schedule& schedule, int copy_steps = 2);

}  // namespace minusone
