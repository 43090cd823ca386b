#include "stress/explore/counterexample.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>
#include <set>

#include "stress/machine/max_agents.h"
#include "stress/machine/turn.h"
#include "stress/order/race_detector.h"
#include "stress/sync/memory/memory_steps.h"

namespace minusone {
namespace {

/// The agent's next step, in its turn or because its deadline passes.
/// @return nothing where it cannot go on
std::optional<Effect> go_on(Machine& machine, int agent, int way = 0) {
  if (machine.state(agent) == AgentState::ready) {
    if (way > 0 && machine.ways(agent) <= way) return std::nullopt;
    machine.choose_way(way);
    return machine.step(agent);
  }
  const Turn turn = next_turn(machine);
  if (turn.kind != Turn::Kind::timeout || turn.agent != agent) return std::nullopt;
  return machine.time_out(agent);
}

/// Whether an access left what was there, as those of a round that only looks do.
bool changes_nothing(const Step& step) {
  return is_memory_action(step.action) && step.count == 1 &&
         (!step.writes() || step.before == step.after);
}

/// Lets those who can go round their wait loops, which is no step of a schedule, until nobody can:
/// then time passes. Where others have written to an agent's stack meanwhile, it takes a round more
/// until it comes back to where it was. @return the first who could go on instead; -1: nobody
int go_round(Machine& machine) {
  constexpr int longest = 128;  // steps of such rounds
  int going = -1;
  int steps = 0;
  for (Turn turn = next_turn(machine); turn.kind == Turn::Kind::ready; turn = next_turn(machine)) {
    const int agent = std::countr_zero(turn.ready);
    if (going >= 0 && agent != going) return going;
    const Effect effect = machine.step(agent);
    const bool may_come_back =
        effect == Effect::stepped && changes_nothing(machine.executed()) && ++steps < longest;
    if (effect != Effect::no_effect && !may_come_back) return agent;
    going = effect == Effect::no_effect ? -1 : agent;
    if (going < 0) steps = 0;
  }
  return going;
}

/// As near to the schedule as it goes: whose turn cannot be taken loses it, and who is left over at
/// the end goes on.
RunTrace take_leniently(Subject& subject, const Schedule& schedule) {
  constexpr std::size_t most = 5000;
  Machine& machine = subject.machine();
  machine.faults().plan(schedule.faults);
  machine.reset();
  RunTrace trace;
  if (!machine.violation().empty()) trace.end = End::violation;
  if (!machine.limit().empty()) trace.end = End::too_long;
  if (machine.unwatched_stacks() != 0) trace.end = End::unwatched;
  const auto take_turn = [&](int agent) {
    if (agent >= machine.agents()) return false;
    const auto effect = go_on(machine, agent);
    if (!effect || *effect == Effect::no_effect) return false;
    trace.steps.push_back(machine.executed());
    if (const auto end = end_of(*effect)) trace.end = *end;
    return true;
  };
  for (const int agent : schedule.agents) {
    if (trace.end == End::quiescent) take_turn(agent);
  }
  for (bool moved = true; moved && trace.end == End::quiescent && trace.steps.size() < most;) {
    moved = false;
    for (int agent = 0; agent < machine.agents() && !moved; ++agent) moved = take_turn(agent);
  }
  if (trace.end == End::quiescent && next_turn(machine).kind == Turn::Kind::complete)
    trace.end = End::complete;
  return trace;
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

std::size_t switches_of(const std::vector<int>& agents) {
  std::size_t switches = 0;
  for (std::size_t i = 1; i < agents.size(); ++i) switches += agents[i] != agents[i - 1];
  return switches;
}

/// Takes the schedule's turns, and nothing behind them.
RunTrace take_turns(Subject& subject, const Schedule& schedule) {
  Machine& machine = subject.machine();
  machine.faults().plan(schedule.faults);
  machine.reset();
  RunTrace trace;
  if (!machine.violation().empty()) trace.end = End::violation;
  if (!machine.limit().empty()) trace.end = End::too_long;
  if (machine.unwatched_stacks() != 0) trace.end = End::unwatched;
  for (const int agent : schedule.agents) {
    if (trace.end == End::unwatched) return trace;
    const auto misfit = [&](const char* why) {
      throw BadSchedule(fmt::format("the schedule does not fit: at step {} {} {}",
                                    trace.steps.size() + 1, subject.agent(agent), why));
    };
    if (trace.end != End::quiescent) misfit("should go on, but the execution has ended");
    if (agent >= machine.agents()) misfit("does not exist yet");
    if (machine.state(agent) == AgentState::finished) misfit("has finished already");
    auto callers = machine.callers(agent);
    const auto chosen = schedule.ways.find(trace.steps.size());
    const int way = chosen == schedule.ways.end() ? 0 : chosen->second;
    auto effect = go_on(machine, agent, way);
    if (!effect && go_round(machine) < 0) effect = go_on(machine, agent, way);
    if (!effect) misfit("waits, and cannot go on");
    if (*effect == Effect::no_effect) {
      throw GoesRound(
          fmt::format("the schedule does not fit: at step {} {} only goes round its wait loop",
                      trace.steps.size() + 1, subject.agent(agent)));
    }
    trace.steps.push_back(machine.executed());
    trace.callers.push_back(std::move(callers));
    if (const auto end = end_of(*effect)) trace.end = *end;
  }
  return trace;
}

/// How an execution whose schedule was taken ends. @throws BadSchedule  it does not: who goes on
End end_behind(const RunTrace& trace, Subject& subject) {
  Machine& machine = subject.machine();
  const auto ends_early = [&](int agent, const char* why) {
    return fmt::format("the schedule does not fit: it ends after step {}, and {} {}",
                       trace.steps.size(), subject.agent(agent), why);
  };
  if (const int agent = go_round(machine); agent >= 0)
    throw BadSchedule(ends_early(agent, "could go on"));
  const Turn turn = next_turn(machine);
  if (turn.kind == Turn::Kind::timeout)
    throw GivesUp(ends_early(turn.agent, "would give up waiting"));
  return turn.kind == Turn::Kind::complete ? End::complete : End::quiescent;
}

}  // namespace

std::array<std::size_t, 3> effort(const Schedule& schedule) {
  return {schedule.faults.size(), switches_of(schedule.agents), schedule.agents.size()};
}

std::vector<int> with_few_switches(std::span<const Step> steps) {
  return Arrangement(steps).with_few_switches();
}

RunTrace take(Subject& subject, const Schedule& schedule) {
  RunTrace trace = take_turns(subject, schedule);
  if (trace.end != End::quiescent) return trace;
  trace.end = schedule.is_position ? End::too_long : end_behind(trace, subject);
  return trace;
}

bool breaks(Subject& subject, const Execution& execution, Property property) {
  if (property == Property::no_data_race) return !RaceDetector().races(execution.steps).empty();
  return std::ranges::count(subject.judge(execution), property) > 0;
}

std::string cause_of(Subject& subject, const Schedule& schedule, Property broken) {
  if (schedule.memory != MemoryModel::sc) return {};  // swapped, its reads would be others
  const auto steps = take(subject, schedule).steps;
  const auto& agents = schedule.agents;
  // The last swap that helps is the nearest to where it went wrong.
  for (std::size_t i = steps.size(); i-- > 1;) {
    if (agents[i - 1] == agents[i] || !depend(steps[i - 1], steps[i])) continue;
    auto swapped = schedule;
    std::swap(swapped.agents[i - 1], swapped.agents[i]);
    const auto trace = take_leniently(subject, swapped);
    const bool really = trace.steps.size() >= i && trace.steps[i - 1].agent == agents[i];
    if (really && subject.machine().faults().all_befell() && trace.end != End::unwatched &&
        !breaks(subject, {trace.steps, trace.end}, broken)) {
      return fmt::format("if step {} of {} came before step {} of {}, this would hold", i + 1,
                         subject.agent(agents[i]), i, subject.agent(agents[i - 1]));
    }
  }
  return {};
}

}  // namespace minusone
