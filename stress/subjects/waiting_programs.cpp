#include "stress/subjects/waiting_programs.h"

#include <algorithm>

namespace minusone {
namespace {

bool has_changed(const Execution& execution, int program, const std::vector<Access>& places) {
  return std::ranges::any_of(execution.steps, [&](const Step& step) {
    if (step.agent != program) return false;
    return std::any_of(
        step.accesses.begin(), step.accesses.begin() + step.count, [&](const Access& access) {
          return access.writes && std::ranges::any_of(places, [&](const Access& place) {
                   return place.conflicts_with(access);
                 });
        });
  });
}

}  // namespace

AgentSet wait_rightly(const ProgramGroupMachine& machine, const Execution& execution) {
  AgentSet right = 0, waiting = 0;
  for (int program = 0; program < machine.agents(); ++program) {
    if (machine.state(program) != AgentState::blocked) continue;
    (machine.waits_for_input(program) ? right : waiting) |= only(program);
  }
  for (AgentSet before = ~right; before != right;) {
    before = right;
    for (int program = 0; program < machine.agents(); ++program) {
      if ((waiting & ~right & only(program)) == 0) continue;
      const auto places = machine.awaited(program);
      for (int other = 0; other < machine.agents(); ++other) {
        if ((right & only(other)) != 0 && has_changed(execution, other, places))
          right |= only(program);
      }
    }
  }
  return right;
}

}  // namespace minusone
