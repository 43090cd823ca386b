#include "stress/explore/counterexample.h"

#include <fmt/format.h>

#include <algorithm>

#include "stress/explore/narrator.h"
#include "stress/order/race_detector.h"

namespace minusone {
namespace {

/// As near to the schedule as it goes: whose turn cannot be taken loses it, and who is left over at
/// the end goes on.
Taken take_leniently(Subject& subject, const std::vector<int>& agents) {
  constexpr std::size_t most = 5000;
  FiberMachine& machine = subject.machine();
  machine.reset();
  Taken taken;
  if (!machine.violation().empty()) taken.end = End::violation;
  const auto go_on = [&](int agent) {
    if (agent >= machine.agents() || machine.state(agent) != AgentState::ready) return false;
    const Effect effect = machine.step(agent);
    if (effect == Effect::no_effect) return false;
    taken.steps.push_back(machine.executed());
    if (effect == Effect::violation) taken.end = End::violation;
    return true;
  };
  for (const int agent : agents) {
    if (taken.end != End::violation) go_on(agent);
  }
  for (bool moved = true; moved && taken.end != End::violation && taken.steps.size() < most;) {
    moved = false;
    for (int agent = 0; agent < machine.agents() && !moved; ++agent) moved = go_on(agent);
  }
  if (taken.end == End::violation) return taken;
  taken.end = End::complete;
  for (int agent = 0; agent < machine.agents(); ++agent) {
    if (machine.state(agent) != AgentState::finished) taken.end = End::resting;
  }
  return taken;
}

}  // namespace

std::pair<std::size_t, std::size_t> effort(const std::vector<int>& agents) {
  std::size_t switches = 0;
  for (std::size_t i = 1; i < agents.size(); ++i) switches += agents[i] != agents[i - 1];
  return {switches, agents.size()};
}

std::vector<int> with_few_switches(std::span<const Step> steps) {
  const auto arrange = [&](int first) {
    std::vector<bool> done(steps.size());
    std::vector<int> order;
    const auto can_come = [&](std::size_t i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (!done[j] && (steps[j].agent == steps[i].agent || depend(steps[j], steps[i])))
          return false;
      }
      return true;
    };
    for (int current = first; order.size() < steps.size();) {
      std::size_t chosen = steps.size();
      for (std::size_t i = 0; i < steps.size(); ++i) {
        if (done[i] || !can_come(i)) continue;
        if (chosen == steps.size()) chosen = i;
        if (steps[i].agent == current) {
          chosen = i;
          break;
        }
      }
      done[chosen] = true;
      current = steps[chosen].agent;
      order.push_back(current);
    }
    return order;
  };
  std::vector<int> best;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const bool again = std::ranges::any_of(
        steps.first(i), [&](const Step& earlier) { return earlier.agent == steps[i].agent; });
    if (again) continue;
    const auto order = arrange(steps[i].agent);
    if (best.empty() || effort(order) < effort(best)) best = order;
  }
  return best;
}

Taken take(Subject& subject, const std::vector<int>& agents) {
  FiberMachine& machine = subject.machine();
  machine.reset();
  Taken taken;
  if (!machine.violation().empty()) taken.end = End::violation;
  for (const int agent : agents) {
    const auto misfit = [&](const char* why) {
      throw BadSchedule(fmt::format("the schedule does not fit: at step {} {} {}",
                                    taken.steps.size() + 1, subject.agent(agent), why));
    };
    if (taken.end == End::violation) misfit("should go on, but the execution has ended");
    if (agent >= machine.agents()) misfit("does not exist yet");
    if (machine.state(agent) == AgentState::finished) misfit("has finished already");
    if (machine.state(agent) == AgentState::blocked) misfit("waits, and cannot go on");
    const Effect effect = machine.step(agent);
    if (effect == Effect::no_effect) misfit("only goes round its wait loop");
    taken.steps.push_back(machine.executed());
    if (effect == Effect::violation) taken.end = End::violation;
  }
  if (taken.end == End::violation) return taken;
  bool finished = true;
  for (int agent = 0; agent < machine.agents(); ++agent) {
    finished &= machine.state(agent) == AgentState::finished;
    if (machine.state(agent) == AgentState::ready && machine.step(agent) != Effect::no_effect) {
      throw BadSchedule(
          fmt::format("the schedule does not fit: it ends after step {}, and {} could go on",
                      taken.steps.size(), subject.agent(agent)));
    }
  }
  if (finished) taken.end = End::complete;
  return taken;
}

bool breaks(Subject& subject, const Execution& execution, Property property) {
  if (property == Property::no_data_race) return !RaceDetector().races(execution.steps).empty();
  return std::ranges::count(subject.judge(execution), property) > 0;
}

std::string cause_of(Subject& subject, const std::vector<int>& agents, Property broken) {
  const auto steps = take(subject, agents).steps;
  // The last swap that helps is the nearest to where it went wrong.
  for (std::size_t i = steps.empty() ? 0 : steps.size() - 1; i-- > 0;) {
    if (agents[i] == agents[i + 1] || !depend(steps[i], steps[i + 1])) continue;
    auto swapped = agents;
    std::swap(swapped[i], swapped[i + 1]);
    const auto taken = take_leniently(subject, swapped);
    const bool really = taken.steps.size() > i && taken.steps[i].agent == agents[i + 1];
    if (really && !breaks(subject, {taken.steps, taken.end}, broken)) {
      return fmt::format("if step {} of {} came before step {} of {}, this would hold", i + 2,
                         subject.agent(agents[i + 1]), i + 1, subject.agent(agents[i]));
    }
  }
  return {};
}

}  // namespace minusone
