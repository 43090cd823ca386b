// Random small programs: the search over states expands exactly the states that there are, and ends
// in exactly those in which the executions end.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <deque>
#include <memory>
#include <random>
#include <set>
#include <vector>

#include "stress/search/dpor.h"
#include "stress/search/fault_plan_search.h"
#include "stress/search/state_search.h"
#include "stress/search/testing/script_machine.h"

namespace minusone {
namespace {

using Exact = std::vector<int>;

/// Every state of a machine, by brute force: from the start to each of them, and one step on.
std::set<Exact> every_state(ScriptMachine& machine) {
  std::set<Exact> seen;
  std::deque<std::vector<int>> ways{{}};
  machine.merges_states(true);
  const auto go = [&](const std::vector<int>& way) {
    machine.reset();
    for (const int agent : way) machine.step(agent);
  };
  go({});
  seen.insert(machine.exact_state());
  for (; !ways.empty(); ways.pop_front()) {
    for (int agent = 0; go(ways.front()), agent < machine.agents(); ++agent) {
      if (machine.state(agent) != AgentState::ready) continue;
      machine.step(agent);
      if (!seen.insert(machine.exact_state()).second) continue;
      ways.push_back(ways.front());
      ways.back().push_back(agent);
    }
  }
  machine.merges_states(false);
  return seen;
}

struct Ends {
  std::set<Exact> complete, quiescent;
  bool operator==(const Ends&) const = default;
};

Ends ends_of(Search& search, const ScriptMachine& machine) {
  Ends ends;
  search.run([&](const Execution& execution) {
    auto& set = execution.end == End::complete ? ends.complete : ends.quiescent;
    set.insert(machine.exact_state());
    return true;
  });
  return ends;
}

void agree(const Program& program) {
  ScriptMachine machine(program);
  Dpor executions(machine, {});
  StateSearch states(machine, {});
  const auto expected = ends_of(executions, machine);
  const auto found = ends_of(states, machine);
  RC_ASSERT(states.counts().exhausted);
  RC_ASSERT(found.complete == expected.complete);
  RC_ASSERT(found.quiescent == expected.quiescent);
  RC_ASSERT(states.states()->states == every_state(machine).size());
}

Program drawn() {
  std::mt19937 random(*rc::gen::arbitrary<unsigned>());
  return random_program(random);
}

RC_GTEST_PROP(StateSearchLaw, ExpandsEachStateOnceAndEndsWhereTheExecutionsDo, ()) {
  agree(drawn());
}

// With a death planned at each place, or as one more step of each state.
RC_GTEST_PROP(StateSearchLaw, EndsWhereTheExecutionsWithADeathDo, ()) {
  ScriptMachine machine(drawn());
  const auto everybody = [](int) { return true; };
  FaultPlanSearch executions(machine, {.deaths = 1}, everybody, {}, false,
                             [&](const SearchLimits& limits) -> std::unique_ptr<Search> {
                               return std::make_unique<Dpor>(machine, limits);
                             });
  StateSearch states(machine, {}, everybody);
  const auto expected = ends_of(executions, machine);
  const auto found = ends_of(states, machine);
  RC_ASSERT(states.counts().exhausted);
  RC_ASSERT(found.complete == expected.complete);
  RC_ASSERT(found.quiescent == expected.quiescent);
}

// A wait for one of two words looks at them in turn: its rounds are longer than one step.
RC_GTEST_PROP(StateSearchLaw, SeesWhoGoesRoundALoopOfTwoLooksForEver, ()) {
  auto program = drawn();
  const int agent = *rc::gen::inRange(0, 3);
  program[static_cast<std::size_t>(agent)].insert(
      program[static_cast<std::size_t>(agent)].begin(),
      Line{Line::await_or, 0, 1, *rc::gen::inRange(0, 3)});
  agree(program);
}

TEST(StateSearchLaw, EndsALoopOfTwoLooksThatReadOneOfThemBeforeItChanged) {
  // Agent 0 waits for 2 in either word, and finds 0, then 1 there.
  ScriptMachine machine({{{Line::await_or, 0, 1, 2}}, {{Line::store, 0, 0, 1}}});
  StateSearch search(machine, {});
  const auto ends = ends_of(search, machine);
  EXPECT_TRUE(search.counts().exhausted);
  EXPECT_EQ(ends.quiescent.size(), 1U);
  EXPECT_EQ(search.counts().quiescent, 1U);
}

TEST(StateSearchLaw, StopsHonestlyWhereThereIsNoRoom) {
  Program program(4);
  for (auto& lines : program) lines.assign(12, Line{Line::add});
  ScriptMachine machine(program);
  SearchLimits limits;
  limits.state_bytes = 300'000;
  StateSearch search(machine, limits);
  EXPECT_FALSE(search.run([](const Execution&) { return true; }).exhausted);
  EXPECT_LE(search.states()->bytes, limits.state_bytes);
  ASSERT_EQ(search.limits().size(), 1U);
  EXPECT_NE(search.limits()[0].find("--memory-limit"), std::string::npos);
}

}  // namespace
}  // namespace minusone
