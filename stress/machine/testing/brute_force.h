#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "stress/machine/machine.h"

/// For tests: the judge of every search.
namespace minusone {

/// The trace's one form: of the steps that could come next, the one of the first agent.
inline std::string canonical(std::span<const Step> steps) {
  const std::size_t count = steps.size();
  std::vector<bool> done(count);
  std::string form;
  for (std::size_t taken = 0; taken < count; ++taken) {
    std::size_t best = count;
    for (std::size_t i = 0; i < count; ++i) {
      if (done[i]) continue;
      bool first = true;
      for (std::size_t j = 0; j < i && first; ++j) {
        first = done[j] || (steps[j].agent != steps[i].agent && !depend(steps[j], steps[i]));
      }
      if (first && (best == count || steps[i].agent < steps[best].agent)) best = i;
    }
    done[best] = true;
    form += static_cast<char>('a' + steps[best].agent);
  }
  return form;
}

/// What every interleaving together comes to.
struct BruteForce {
  std::set<std::string> traces;     ///< of executions in which every agent finished
  std::set<std::string> quiescent;  ///< of those in which some wait and nobody can go on
  std::set<std::string> violations;
};

/// Takes every interleaving, one by one: slow and plain, so that it may judge what is faster. Comes
/// back early where an agent uses a stack that is not watched (Machine::unwatched_stacks()).
inline BruteForce every_interleaving(Machine& machine) {
  struct Choice {
    std::size_t taken;
    std::size_t of;
  };
  BruteForce found;
  std::vector<Choice> path;
  do {
    machine.reset();
    std::vector<Step> steps;
    std::size_t depth = 0;
    while (machine.violation().empty()) {
      std::vector<int> ready;
      bool finished = true;
      for (int agent = 0; agent < machine.agents(); ++agent) {
        if (machine.state(agent) != AgentState::finished) finished = false;
        if (machine.state(agent) == AgentState::ready) ready.push_back(agent);
      }
      if (ready.empty()) {
        bool stale = false;
        for (int agent = 0; agent < machine.agents(); ++agent) stale |= machine.is_stale(agent);
        if (finished) {
          found.traces.insert(canonical(steps));
        } else if (!stale) {
          if (const int late = machine.who_times_out(); late != -1) {
            machine.time_out(late);
            steps.push_back(machine.executed());
            continue;
          }
          found.quiescent.insert(canonical(steps));
        }
        break;
      }
      if (depth == path.size()) path.push_back({0, ready.size()});
      EXPECT_EQ(path[depth].of, ready.size()) << "the same schedule went another way";
      if (machine.step(ready.at(path[depth++].taken)) == Effect::stepped) {
        steps.push_back(machine.executed());
      }
      if (machine.unwatched_stacks() != 0) return found;
    }
    if (!machine.violation().empty()) found.violations.insert(machine.violation());
    path.resize(depth);
    while (!path.empty() && path.back().taken + 1 >= path.back().of) path.pop_back();
    if (!path.empty()) ++path.back().taken;
  } while (!path.empty());
  return found;
}

/// Starts from the beginning and takes these turns. @return the steps that were taken
inline std::vector<Step> take(Machine& machine, const std::vector<int>& agents) {
  std::vector<Step> steps;
  machine.reset();
  for (const int agent : agents) {
    machine.step(agent);
    steps.push_back(machine.executed());
  }
  return steps;
}

/// Takes one interleaving of each trace, by sleep sets alone (Godefroid, "Partial-Order Methods for
/// the Verification of Concurrent Systems", 1996): each state is tried with all of its
/// agents, but for those whose step was tried before and is independent of all since. Runs from the
/// start for each step.
class SleepSets {
 public:
  explicit SleepSets(Machine& machine) : machine_(machine) { go_on({}, {}); }

  std::set<std::string> traces;     ///< of executions in which every agent finished
  std::set<std::string> quiescent;  ///< of those in which some wait and nobody can go on
  std::uint64_t twice = 0;          ///< visits of a trace that was visited before

 private:
  void go_on(std::vector<int> agents, std::map<int, Step> asleep) {
    if (machine_.unwatched_stacks() != 0) return void(ADD_FAILURE() << "a stack is shared");
    std::map<int, Step> enabled;
    for (int agent = 0; take(machine_, agents), agent < machine_.agents(); ++agent) {
      if (machine_.state(agent) == AgentState::ready && machine_.step(agent) != Effect::no_effect)
        enabled.insert({agent, machine_.executed()});
    }
    const auto steps = take(machine_, agents);
    if (enabled.empty()) {
      bool finished = true;
      for (int agent = 0; agent < machine_.agents(); ++agent)
        finished &= machine_.state(agent) == AgentState::finished;
      twice += !(finished ? traces : quiescent).insert(canonical(steps)).second;
    }
    for (const auto& [agent, step] : enabled) {
      if (asleep.contains(agent)) continue;
      auto longer = agents;
      longer.push_back(agent);
      std::map<int, Step> still_asleep;
      for (const auto& [other, its] : asleep) {
        if (!depend(its, step)) still_asleep.insert({other, its});
      }
      go_on(longer, still_asleep);
      asleep.insert({agent, step});
    }
  }

  Machine& machine_;
};

}  // namespace minusone
