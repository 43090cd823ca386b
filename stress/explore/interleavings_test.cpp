// Bounded preemptions, held against every schedule, one by one.
#include "stress/explore/interleavings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "stress/explore/dpor.h"
#include "stress/explore/testing/script_machine.h"
#include "stress/machine/testing/brute_force.h"
#include "stress/subjects/channel_machine.h"

namespace minusone {
namespace {

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

TEST(Interleavings, AreAllScheduledUpToTheBoundAndNoOther) {
  std::mt19937 random(1);
  for (int i = 0; i < 100; ++i) {
    ScriptMachine machine(random_program(random));
    const EverySchedule every(machine);
    for (int bound = 0; bound <= every.most() + 1; ++bound) {
      std::set<std::string> traces;
      Interleavings search(machine, {}, bound);
      const auto counts = search.run([&](const Execution& execution) {
        traces.insert(canonical(execution.steps));
        return true;
      });
      ASSERT_EQ(traces, every.traces(bound)) << "program " << i << ", bound " << bound;
      ASSERT_EQ(counts.executions(), every.count(bound)) << "program " << i << ", bound " << bound;
      ASSERT_TRUE(counts.exhausted);
      // What left nothing out says so, and what left something out says that.
      const bool left_out = bound < every.most();
      ASSERT_EQ(search.assurance(), left_out ? Assurance::bounded : Assurance::complete);
      ASSERT_EQ(search.limits().empty(), !left_out);
    }
  }
}

TEST(Interleavings, WithoutBoundHaveTheTracesOfTheReducedSearch) {
  std::mt19937 random(2);
  for (int i = 0; i < 200; ++i) {
    ScriptMachine machine(random_program(random));
    std::set<std::string> all, reduced;
    Interleavings(machine, {}, 1000).run([&](const Execution& execution) {
      all.insert(canonical(execution.steps));
      return true;
    });
    Dpor(machine, {}).run([&](const Execution& execution) {
      reduced.insert(canonical(execution.steps));
      return true;
    });
    ASSERT_EQ(all, reduced) << "program " << i;
  }
}

// The counter's readers need one preemption, between check and subtraction, and no more.
TEST(Interleavings, OfTheCounterEndBelowZeroWithOnePreemptionButNotWithNone) {
  ChannelMachine machine(MINUSONE_MODULES "/naive/counter/traced.so", {.writers = 1, .readers = 2});
  const EverySchedule every(machine);
  for (const int bound : {0, 1, 2}) {
    bool below_zero = false;
    const auto counts = Interleavings(machine, {}, bound).run([&](const Execution&) {
      below_zero |= machine.word() == -1;
      return true;
    });
    EXPECT_EQ(counts.executions(), every.count(bound)) << bound;
    EXPECT_EQ(below_zero, bound > 0) << bound;
  }
}

}  // namespace
}  // namespace minusone
