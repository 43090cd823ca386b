#include "stress/explore/counterexample.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

#include "stress/machine/max_agents.h"
#include "stress/order/race_detector.h"

namespace minusone {
namespace {

/// Whether nobody can go on and it is this agent's turn to give up waiting.
bool is_late(const Machine& machine, int agent) {
  for (int other = 0; other < machine.agents(); ++other) {
    if (machine.state(other) == AgentState::ready) return false;
  }
  return machine.who_times_out() == agent;
}

/// As near to the schedule as it goes: whose turn cannot be taken loses it, and who is left over at
/// the end goes on.
Taken take_leniently(Subject& subject, const Course& course) {
  constexpr std::size_t most = 5000;
  FiberMachine& machine = subject.machine();
  machine.plan(course.faults);
  machine.reset();
  Taken taken;
  if (!machine.violation().empty()) taken.end = End::violation;
  const auto go_on = [&](int agent) {
    if (agent >= machine.agents()) return false;
    const bool late = machine.state(agent) == AgentState::blocked && is_late(machine, agent);
    if (machine.state(agent) != AgentState::ready && !late) return false;
    const Effect effect = late ? machine.time_out(agent) : machine.step(agent);
    if (effect == Effect::no_effect) return false;
    taken.steps.push_back(machine.executed());
    if (effect == Effect::violation) taken.end = End::violation;
    return true;
  };
  for (const int agent : course.agents) {
    if (taken.end != End::violation) go_on(agent);
  }
  for (bool moved = true; moved && taken.end != End::violation && taken.steps.size() < most;) {
    moved = false;
    for (int agent = 0; agent < machine.agents() && !moved; ++agent) moved = go_on(agent);
  }
  if (taken.end == End::violation) return taken;
  taken.end = End::complete;
  for (int agent = 0; agent < machine.agents(); ++agent) {
    if (machine.state(agent) != AgentState::finished) taken.end = End::quiescent;
  }
  return taken;
}

/// The orders that the steps of a trace can come in.
class Arrangement {
 public:
  explicit Arrangement(std::span<const Step> steps) {
    for (const Step& step : steps) agents_ = std::max(agents_, step.agent + 1);
    steps_.resize(static_cast<std::size_t>(agents_));
    std::vector<std::pair<std::size_t, std::size_t>> places;  // each step's agent, and as its nth
    for (std::size_t i = 0; i < steps.size(); ++i) {
      Done needs{};
      for (std::size_t j = 0; j < i; ++j) {
        const auto [agent, nth] = places[j];
        if (agent != steps[i].agent && depend(steps[j], steps[i])) needs[agent] = nth + 1;
      }
      auto& mine = steps_[steps[i].agent];
      places.emplace_back(steps[i].agent, mine.size());
      mine.push_back(needs);
    }
  }

  /// Breadth first, so that who is done first has switched least. An agent goes on for as long as
  /// it can: a step of its that came later could as well come now, and would need no other switch.
  std::vector<int> with_few_switches() const {
    std::vector<Turn> turns{{Done{}, -1, 0}};
    std::set<Done> reached{Done{}};
    std::size_t furthest = 0;
    for (std::size_t from = 0; from < turns.size() && turns.size() < most_turns; ++from) {
      if (is_all(turns[from].done)) return order_to(turns, from);
      for (int agent = 0; agent < agents_; ++agent) {
        const Done done = after_turn(turns[from].done, agent);
        if (!reached.insert(done).second) continue;
        turns.push_back({done, agent, from});
        if (sum(done) > sum(turns[furthest].done)) furthest = turns.size() - 1;
      }
    }
    // Too many ways: on from where most is done, with whoever gets furthest.
    while (!is_all(turns[furthest].done)) {
      Turn best{turns[furthest].done, -1, furthest};
      for (int agent = 0; agent < agents_; ++agent) {
        const Done done = after_turn(turns[furthest].done, agent);
        if (sum(done) > sum(best.done)) best = {done, agent, furthest};
      }
      turns.push_back(best);
      furthest = turns.size() - 1;
    }
    return order_to(turns, furthest);
  }

 private:
  static constexpr std::size_t most_turns = 20'000;

  using Done = std::array<std::uint16_t, max_agents>;  ///< by agent: how many of its steps
  struct Turn {
    Done done;  ///< behind it
    int agent;
    std::size_t before;
  };

  static std::size_t sum(const Done& done) {
    return std::accumulate(done.begin(), done.end(), std::size_t{0});
  }
  bool is_all(const Done& done) const {
    for (std::size_t agent = 0; agent < steps_.size(); ++agent) {
      if (done[agent] < steps_[agent].size()) return false;
    }
    return true;
  }

  Done after_turn(Done done, int agent) const {
    const auto& mine = steps_[static_cast<std::size_t>(agent)];
    auto& mine_done = done[static_cast<std::size_t>(agent)];
    const auto can_come = [&](const Done& needs) {
      return std::ranges::equal(needs, done, std::ranges::less_equal());
    };
    while (mine_done < mine.size() && can_come(mine[mine_done])) ++mine_done;
    return done;
  }

  static std::vector<int> order_to(const std::vector<Turn>& turns, std::size_t last) {
    std::vector<int> order;
    for (; turns[last].agent != -1; last = turns[last].before) {
      const std::size_t steps = sum(turns[last].done) - sum(turns[turns[last].before].done);
      order.insert(order.end(), steps, turns[last].agent);
    }
    std::ranges::reverse(order);
    return order;
  }

  int agents_ = 0;
  std::vector<std::vector<Done>> steps_;  ///< by agent: how many of the others' each needs before
};

}  // namespace

namespace {

std::size_t switches_of(const std::vector<int>& agents) {
  std::size_t switches = 0;
  for (std::size_t i = 1; i < agents.size(); ++i) switches += agents[i] != agents[i - 1];
  return switches;
}

}  // namespace

std::array<std::size_t, 3> effort(const Course& course) {
  return {course.faults.size(), switches_of(course.agents), course.agents.size()};
}

std::vector<int> with_few_switches(std::span<const Step> steps) {
  return Arrangement(steps).with_few_switches();
}

Taken take(Subject& subject, const Course& course, bool is_position) {
  FiberMachine& machine = subject.machine();
  machine.plan(course.faults);
  machine.reset();
  Taken taken;
  if (!machine.violation().empty()) taken.end = End::violation;
  for (const int agent : course.agents) {
    const auto misfit = [&](const char* why) {
      throw BadSchedule(fmt::format("the schedule does not fit: at step {} {} {}",
                                    taken.steps.size() + 1, subject.agent(agent), why));
    };
    if (taken.end == End::violation) misfit("should go on, but the execution has ended");
    if (agent >= machine.agents()) misfit("does not exist yet");
    if (machine.state(agent) == AgentState::finished) misfit("has finished already");
    const bool late = machine.state(agent) == AgentState::blocked;
    if (late && !is_late(machine, agent)) misfit("waits, and cannot go on");
    const Effect effect = late ? machine.time_out(agent) : machine.step(agent);
    if (effect == Effect::no_effect) {
      throw GoesRound(
          fmt::format("the schedule does not fit: at step {} {} only goes round its wait loop",
                      taken.steps.size() + 1, subject.agent(agent)));
    }
    taken.steps.push_back(machine.executed());
    if (effect == Effect::violation) taken.end = End::violation;
  }
  if (taken.end == End::violation) return taken;
  if (is_position) {
    taken.end = End::too_long;
    return taken;
  }
  bool finished = true;
  for (int agent = 0; agent < machine.agents(); ++agent) {
    if (machine.state(agent) == AgentState::blocked && is_late(machine, agent)) {
      throw GivesUp(
          fmt::format("the schedule does not fit: it ends after step {}, and {} would give up "
                      "waiting",
                      taken.steps.size(), subject.agent(agent)));
    }
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

std::string cause_of(Subject& subject, const Course& course, Property broken) {
  const auto steps = take(subject, course).steps;
  const auto& agents = course.agents;
  // The last swap that helps is the nearest to where it went wrong.
  for (std::size_t i = steps.size(); i-- > 1;) {
    if (agents[i - 1] == agents[i] || !depend(steps[i - 1], steps[i])) continue;
    auto swapped = course;
    std::swap(swapped.agents[i - 1], swapped.agents[i]);
    const auto taken = take_leniently(subject, swapped);
    const bool really = taken.steps.size() >= i && taken.steps[i - 1].agent == agents[i];
    if (really && subject.machine().all_befell() &&
        !breaks(subject, {taken.steps, taken.end}, broken)) {
      return fmt::format("if step {} of {} came before step {} of {}, this would hold", i + 1,
                         subject.agent(agents[i]), i, subject.agent(agents[i - 1]));
    }
  }
  return {};
}

}  // namespace minusone
