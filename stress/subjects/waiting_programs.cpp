#include "stress/subjects/waiting_programs.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace minusone {
namespace {

constexpr std::size_t never = std::numeric_limits<std::size_t>::max();

bool changes(const Step& step, const std::vector<Access>& places) {
  return std::any_of(
      step.accesses.begin(), step.accesses.begin() + step.count, [&](const Access& access) {
        return access.writes && std::ranges::any_of(places, [&](const Access& place) {
                 return place.conflicts_with(access);
               });
      });
}

/// From which step on a program that waits for input does what it does because of a line. Of one
/// that was given none nobody knows what a line would make it do: from the start.
std::size_t first_because_of_a_line(const ProgramGroupMachine& machine, const Execution& execution,
                                    int program) {
  if (machine.lines_read(program) == 0) return 0;
  for (std::size_t i = 0; i < execution.steps.size(); ++i) {
    if (execution.steps[i].agent == program && machine.had_read_a_line(static_cast<int>(i)))
      return i;
  }
  return never;
}

}  // namespace

AgentSet wait_rightly(const ProgramGroupMachine& machine, const Execution& execution) {
  const auto& steps = execution.steps;
  // From which step on what a program does may come again with one more line; never: it may not.
  std::vector<std::size_t> since(static_cast<std::size_t>(machine.agents()), never);
  AgentSet right = 0, waiting = 0;
  for (int program = 0; program < machine.agents(); ++program) {
    if (machine.state(program) != AgentState::blocked) continue;
    if (!machine.waits_for_input(program)) {
      waiting |= only(program);
      continue;
    }
    right |= only(program);
    since[static_cast<std::size_t>(program)] = first_because_of_a_line(machine, execution, program);
  }
  for (bool more = true; more;) {
    more = false;
    for (int program = 0; program < machine.agents(); ++program) {
      if ((waiting & ~right & only(program)) == 0) continue;
      const auto places = machine.awaited(program);
      const auto cause = std::ranges::find_if(steps, [&](const Step& step) {
        const auto index = static_cast<std::size_t>(&step - steps.data());
        return index >= since[static_cast<std::size_t>(step.agent)] && changes(step, places);
      });
      if (cause == steps.end()) continue;
      right |= only(program);
      since[static_cast<std::size_t>(program)] = static_cast<std::size_t>(cause - steps.begin());
      more = true;
    }
  }
  return right;
}

}  // namespace minusone
