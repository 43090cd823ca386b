#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "stress/machine/machine.h"
#include "stress/machine/testing/brute_force.h"

namespace minusone {

/// Every schedule of effective steps, each taken from the start.
class EverySchedule {
 public:
  explicit EverySchedule(Machine& machine) : machine_(machine) { go_on({}, 0); }

  /// How many schedules have no more preemptions, and which traces they have.
  std::uint64_t count(int preemptions) const {
    std::uint64_t sum = 0;
    for (const auto& [needed, many] : counts_) sum += needed <= preemptions ? many : 0;
    return sum;
  }
  std::set<std::string> traces(int preemptions) const {
    std::set<std::string> some;
    for (const auto& [trace, needed] : least_) {
      if (needed <= preemptions) some.insert(trace);
    }
    return some;
  }
  int most() const { return counts_.rbegin()->first; }

 private:
  void go_on(std::vector<int> agents, int preemptions) {
    std::set<int> enabled;
    auto steps = take(machine_, agents);
    for (int agent = 0; agent < machine_.agents(); ++agent) {
      take(machine_, agents);
      if (machine_.state(agent) == AgentState::ready && machine_.step(agent) != Effect::no_effect)
        enabled.insert(agent);
    }
    if (enabled.empty()) {
      ++counts_[preemptions];
      const auto [trace, is_new] = least_.insert({canonical(steps), preemptions});
      trace->second = std::min(trace->second, preemptions);
      return;
    }
    const bool goes_on = !agents.empty() && enabled.contains(agents.back());
    for (const int agent : enabled) {
      auto longer = agents;
      longer.push_back(agent);
      go_on(longer, preemptions + (goes_on && agent != agents.back() ? 1 : 0));
    }
  }

  Machine& machine_;
  std::map<int, std::uint64_t> counts_;  ///< of schedules, by preemptions
  std::map<std::string, int> least_;     ///< preemptions that a trace needs
};

}  // namespace minusone
