#include "stress/explore/explore.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "stress/check/outcome_table.h"
#include "stress/explore/dpor.h"
#include "stress/explore/judge.h"

namespace minusone {
namespace {

using Clock = std::chrono::steady_clock;

/// How hard an execution is to follow: context switches first, then steps.
std::pair<std::size_t, std::size_t> effort(const std::vector<int>& agents) {
  std::size_t switches = 0;
  for (std::size_t i = 1; i < agents.size(); ++i) switches += agents[i] != agents[i - 1];
  return {switches, agents.size()};
}

/// The same trace in an order of few context switches: an agent goes on for as long as all that its
/// step depends on has come. Greedy, from each first agent.
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
  for (const Step& step : steps) {
    const auto order = arrange(step.agent);
    if (best.empty() || effort(order) < effort(best)) best = order;
  }
  return best;
}

Result begin_result(const ChannelMachine& machine, const std::string& build,
                    const ExploreOptions& options) {
  Result result;
  result.protocol = machine.protocol().name;
  result.build = build;
  result.engine = "explore";
  result.mode = options.optimized ? "exhaustive, the -O2 object" : "exhaustive";
  result.workload = options.workload;
  result.model.memory = "sc";
  result.model.copy_steps = options.copy_steps;
  result.model.optimized = options.optimized;
  for (const Property property : all_properties) {
    if (property != Property::survives_death) result.properties.push_back({.property = property});
  }
  result.properties.push_back({.property = Property::no_fault});
  result.environment.cpus = 1;
  result.environment.affinity = "any";
  result.environment.kernel = "fibers";
  result.environment.compiler = __VERSION__;
  return result;
}

/// Gathers executions into a result.
class Gathering {
 public:
  Gathering(ChannelMachine& machine, const std::string& module, Result& result)
      : machine_(machine),
        judge_(machine),
        narrator_(machine, module, result.workload.writers),
        result_(result) {}

  void add(const Execution& execution) {
    const auto judgement = judge_(execution);
    ++(execution.end == End::resting ? result_.executions.stuck_rightly
                                     : result_.executions.complete);
    if (!judgement.broken.empty()) ++result_.executions.violating;
    ++outcomes_[judgement.outcome];
    for (const RacePair& pair : judgement.races) {
      const Step& first = execution.steps[pair.first];
      const Step& second = execution.steps[pair.second];
      if (!racing_.insert({std::min(first.pc, second.pc), std::max(first.pc, second.pc)}).second)
        continue;
      races_.push_back({narrator_.side(first), narrator_.side(second),
                        "nothing that releases stands between the first and what the second "
                        "acquires"});
    }
    for (const Property property : judgement.broken) note(property, execution);
  }

  /// Builds schedules and traces of what was found, by taking their steps again.
  void finish() {
    result_.outcomes = outcome_table(machine_.protocol(), outcomes_);
    std::set<std::tuple<std::string, int, std::string, int>> told;
    for (const Race& race : races_) {
      if (told.insert({race.a.file, race.a.line, race.b.file, race.b.line}).second)
        result_.races.push_back(race);
    }
    for (auto& property : result_.properties) {
      const auto found = shortest_.find(property.property);
      if (found == shortest_.end()) continue;
      property.schedule = to_string({result_.build, result_.workload, found->second});
      machine_.reset();
      for (const int agent : found->second) {
        const Effect effect = machine_.step(agent);
        property.trace.push_back(narrator_.line(machine_.executed()));
        if (effect == Effect::violation) property.trace.push_back(machine_.violation());
      }
    }
  }

 private:
  void note(Property property, const Execution& execution) {
    for (PropertyResult& known : result_.properties) {
      if (known.property != property) continue;
      known.verdict = Verdict::violated;
      ++known.count;
    }
    // Only what is short as it stands is worth arranging; each trace is arranged at most once.
    std::vector<int> agents;
    for (const Step& step : execution.steps) agents.push_back(step.agent);
    auto& shortest = shortest_[property];
    if (!shortest.empty() && effort(agents).first > effort(shortest).first + 3) return;
    auto arranged = with_few_switches(execution.steps);
    if (shortest.empty() || effort(arranged) < effort(shortest)) shortest = std::move(arranged);
  }

  ChannelMachine& machine_;
  Judge judge_;
  Narrator narrator_;
  Result& result_;
  std::map<Outcome, std::uint64_t> outcomes_;
  std::set<std::pair<const void*, const void*>> racing_;
  std::vector<Race> races_;
  std::map<Property, std::vector<int>> shortest_;
};

void conclude(Result& result, const SearchCounts& counts, std::uint64_t shared_steps) {
  if (counts.too_long > 0) {
    result.limits.push_back(fmt::format(
        "{} executions were cut: a loop with an effect, or the limit on steps is too low",
        counts.too_long));
  }
  const bool complete = counts.exhausted && counts.too_long == 0;
  result.assurance = complete ? Assurance::complete : Assurance::bounded;
  result.executions.blocked = counts.duplicates;
  result.steps = counts.steps;
  result.verdict = result.executions.violating > 0 ? Verdict::violated
                   : complete                      ? Verdict::holds
                                                   : Verdict::inconclusive;
  if (shared_steps == 0) {
    result.verdict = Verdict::inconclusive;
    result.limits.push_back("no agent took a step on shared memory: nothing was explored");
  }
}

}  // namespace

Result explore(const std::string& module, const std::string& build, const ExploreOptions& options,
               const ExploreProgress& progress) {
  ChannelMachine machine(module, options.workload);
  machine.copy_steps(options.copy_steps);
  auto result = begin_result(machine, build, options);
  Gathering gathering(machine, module, result);
  const auto began = Clock::now();
  SearchLimits limits;
  if (options.executions) limits.executions = *options.executions;
  bool out_of_time = false;
  Dpor* running = nullptr;
  limits.interrupted = [&] {
    if (progress) progress(running->counts().executions(), running->estimate());
    return out_of_time = Clock::now() - began > options.time_limit;
  };
  Dpor search(machine, limits);
  running = &search;
  const auto counts = search.run([&](const Execution& execution) {
    gathering.add(execution);
    return true;
  });
  if (!counts.exhausted) {
    result.limits.push_back(
        out_of_time ? fmt::format("the time limit was reached after {} of about {:.2g} executions",
                                  counts.executions(), search.estimate())
                    : fmt::format("{} executions, as asked, of about {:.2g}", counts.executions(),
                                  search.estimate()));
  }
  gathering.finish();
  conclude(result, counts, machine.shared_steps());
  result.seconds = std::chrono::duration<double>(Clock::now() - began).count();
  return result;
}

Replayed replay(const std::string& module, const Schedule& schedule, int copy_steps) {
  ChannelMachine machine(module, schedule.workload);
  machine.copy_steps(copy_steps);
  ExploreOptions options;
  options.workload = schedule.workload;
  options.copy_steps = copy_steps;
  Replayed replayed{begin_result(machine, schedule.build, options), {}};
  Result& result = replayed.result;
  result.engine = "replay";
  result.mode = "one schedule, in fibers";
  result.assurance = Assurance::observed;
  const Narrator narrator(machine, module, schedule.workload.writers);
  machine.reset();
  std::vector<Step> steps;
  End end = End::resting;
  for (const int agent : schedule.agents) {
    const auto name = name_of_agent(agent, schedule.workload.writers);
    const auto misfit = [&](const char* why) {
      throw BadSchedule(
          fmt::format("the schedule does not fit: at step {} {} {}", steps.size() + 1, name, why));
    };
    if (end == End::violation) misfit("should go on, but the execution has ended");
    if (machine.state(agent) == AgentState::finished) misfit("has finished already");
    if (machine.state(agent) == AgentState::blocked) misfit("waits, and cannot go on");
    const Effect effect = machine.step(agent);
    if (effect == Effect::no_effect) misfit("only goes round its wait loop");
    steps.push_back(machine.executed());
    replayed.trace.push_back(narrator.line(steps.back()));
    if (effect == Effect::violation) {
      end = End::violation;
      replayed.trace.push_back(machine.violation());
    }
  }
  if (end != End::violation) {
    bool finished = true;
    for (int agent = 0; agent < machine.agents(); ++agent) {
      finished &= machine.state(agent) == AgentState::finished;
      if (machine.state(agent) == AgentState::ready && machine.step(agent) != Effect::no_effect) {
        throw BadSchedule(
            fmt::format("the schedule does not fit: it ends after step {}, and {} could go on",
                        steps.size(), name_of_agent(agent, schedule.workload.writers)));
      }
    }
    if (finished) end = End::complete;
  }
  Judge judge(machine);
  const auto judgement = judge({steps, end});
  ++(end == End::resting ? result.executions.stuck_rightly : result.executions.complete);
  result.steps = steps.size();
  for (const Property property : judgement.broken) {
    for (PropertyResult& known : result.properties) {
      if (known.property != property) continue;
      known.verdict = Verdict::violated;
      known.count = 1;
    }
  }
  result.executions.violating = judgement.broken.empty() ? 0 : 1;
  result.verdict = judgement.broken.empty() ? Verdict::holds : Verdict::violated;
  result.outcomes = outcome_table(machine.protocol(), {{judgement.outcome, 1}});
  return replayed;
}

}  // namespace minusone
