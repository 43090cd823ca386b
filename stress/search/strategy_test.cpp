// A strategy is one row of a table, and any search runs on any machine: here on scripts.
#include "stress/search/strategy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "stress/machine/testing/brute_force.h"
#include "stress/search/sampler.h"
#include "stress/search/testing/script_machine.h"

namespace minusone {
namespace {

/// Always lets the last one go on that can.
class LastFirst : public SchedulingPolicy {
 public:
  void begin(const Machine&) override {}
  int pick(const Machine&, const std::vector<int>& ready) override { return ready.back(); }
};

constexpr StrategyKind last_first{
    .name = "last",
    .argument = {"a number N", 1, 9},
    .samples = true,
    .make = [](const Strategy& strategy, Machine& machine, const SearchLimits& limits,
               std::uint64_t) -> std::unique_ptr<Search> {
      auto fewer = limits;
      fewer.executions = static_cast<std::uint64_t>(strategy.argument);
      return std::make_unique<Sampler>(machine, fewer, std::make_unique<LastFirst>());
    }};

std::vector<const StrategyKind*> with_one_more() {
  std::vector<const StrategyKind*> known(strategies().begin(), strategies().end());
  known.push_back(&last_first);
  return known;
}

const Program two_stores_each{{{Line::store}, {Line::store}}, {{Line::store}, {Line::store}}};

std::set<std::string> visited(const Strategy& strategy, Machine& machine) {
  std::set<std::string> traces;
  make_search(
      strategy, machine, [](int) { return true; }, {}, 1)
      ->run([&](const Execution& execution) {
        traces.insert(canonical(execution.steps));
        return true;
      });
  return traces;
}

TEST(StrategyTable, TakesOneMoreStrategyAsOneRow) {
  const auto known = with_one_more();
  EXPECT_EQ(strategies_in_words(known),
            "exhaustive, pct:D with a depth D of 1 to 20 (such as pct:3), pos, random or last:N "
            "with a number N of 1 to 9 (such as last:3)");
  const auto strategy = parse_strategy("last:2", known);
  ASSERT_TRUE(strategy);
  EXPECT_EQ(to_string(*strategy), "last:2");
  ScriptMachine machine(two_stores_each);
  EXPECT_THAT(visited(*strategy, machine), testing::ElementsAre("bbaa"));
}

TEST(StrategyTable, RefusesWhatIsNoStrategy) {
  for (const char* text :
       {"", "pct", "pct:", "pct:0", "pct:21", "pct:3x", "pos:1", "dfs", "last:2"})
    EXPECT_FALSE(parse_strategy(text)) << text;
}

TEST(StrategyTable, HoldsWhatItReadsBack) {
  for (const char* text : {"exhaustive", "pct:7", "pos", "random"})
    EXPECT_EQ(to_string(*parse_strategy(text)), text);
}

/// Of the traces of every interleaving under a plan of one death, those in which it befell: the
/// agent has taken as many steps as planned, and its death.
std::set<std::string> in_which_it_befell(ScriptMachine& machine, const PlannedFault& death) {
  Machine& planned = machine;
  planned.faults().plan({death});
  const auto found = every_interleaving(machine);
  std::set<std::string> traces;
  for (const auto& some : {found.traces, found.quiescent}) {
    for (const auto& trace : some) {
      if (std::ranges::count(trace, 'a' + death.agent) == death.at + 1) traces.insert(trace);
    }
  }
  return traces;
}

// The search knows nothing of fibers: scripts die as well.
TEST(FaultPlanSearch, VisitsTheTracesOfEachPlanOfOneDeath) {
  std::mt19937 random(7);
  std::uint64_t deaths = 0;
  for (int i = 0; i < 300; ++i) {
    ScriptMachine machine(random_program(random));
    std::set<std::pair<FaultPlan, std::string>> expected, found;
    const auto all_live = every_interleaving(machine);
    for (const auto& some : {all_live.traces, all_live.quiescent}) {
      for (const auto& trace : some) expected.insert({{}, trace});
    }
    for (int agent = 0; agent < 3; ++agent) {
      for (int at = 0; at < 8; ++at) {
        const PlannedFault death{FaultKind::death, agent, at};
        for (const auto& trace : in_which_it_befell(machine, death))
          deaths += expected.insert({{death}, trace}).second;
      }
    }
    Machine& searched = machine;
    searched.faults().plan({});
    make_search(
        {.faults = {.deaths = 1}}, machine, [](int) { return true; }, {}, 1)
        ->run([&](const Execution& execution) {
          EXPECT_TRUE(found.insert({searched.faults().plan(), canonical(execution.steps)}).second);
          return true;
        });
    ASSERT_EQ(found, expected) << "program " << i;
  }
  EXPECT_GT(deaths, 2'000U) << "or this test says little";
}

TEST(FaultPlanSearch, LetsOnlyThoseDieWhoMay) {
  ScriptMachine machine(two_stores_each);
  Machine& searched = machine;
  std::set<int> dead;
  make_search(
      {.faults = {.deaths = 1}}, machine, [](int agent) { return agent == 1; }, {}, 1)
      ->run([&](const Execution&) {
        for (const PlannedFault& fault : searched.faults().plan()) dead.insert(fault.agent);
        return true;
      });
  EXPECT_THAT(dead, testing::ElementsAre(1));
}

// Each plan may be one short execution.
TEST(FaultPlanSearch, EndsWhenItIsInterruptedBetweenPlans) {
  ScriptMachine machine(two_stores_each);
  SearchLimits limits;
  int asked = 0;
  limits.interrupted = [&] { return ++asked > 3; };
  const auto search = make_search(
      {.faults = {.deaths = 1}}, machine, [](int) { return true; }, limits, 1);
  const auto counts = search->run([](const Execution&) { return true; });
  EXPECT_FALSE(counts.exhausted);
  EXPECT_EQ(asked, 4);
}

}  // namespace
}  // namespace minusone
