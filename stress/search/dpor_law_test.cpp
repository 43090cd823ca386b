// Random small programs: the search visits exactly the traces that every interleaving together has,
// each once, and exactly the states in which some agents rest.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "stress/machine/testing/brute_force.h"
#include "stress/search/dpor.h"
#include "stress/search/testing/script_machine.h"

namespace rc {
template <>
struct Arbitrary<minusone::Line> {
  static Gen<minusone::Line> arbitrary() {
    using minusone::Line;
    return gen::map(gen::tuple(gen::inRange<int>(0, Line::kinds), gen::inRange(0, minusone::words),
                               gen::inRange(0, minusone::words), gen::inRange(0, 3)),
                    [](const std::tuple<int, int, int, int>& t) {
                      return Line{static_cast<Line::Kind>(std::get<0>(t)), std::get<1>(t),
                                  std::get<2>(t), std::get<3>(t)};
                    });
  }
};
}  // namespace rc

namespace minusone {
namespace {

struct Visited {
  std::set<std::string> complete, quiescent;
  std::uint64_t twice = 0;
};

Visited visited_by_dpor(Machine& machine) {
  Visited visited;
  Dpor(machine, {}).run([&](const Execution& execution) {
    auto& set = execution.end == End::complete ? visited.complete : visited.quiescent;
    visited.twice += !set.insert(canonical(execution.steps)).second;
    return true;
  });
  return visited;
}

void agree(const Program& program) {
  ScriptMachine machine(program);
  const auto expected = every_interleaving(machine);
  const auto visited = visited_by_dpor(machine);
  RC_ASSERT(visited.complete == expected.traces);
  RC_ASSERT(visited.quiescent == expected.quiescent);
  RC_ASSERT(visited.twice == 0U);
}

RC_GTEST_PROP(DporLaw, ThreeAgentsVisitEachTraceOnce, ()) {
  const auto line = rc::gen::arbitrary<Line>();
  Program program;
  for (int agent = 0; agent < 3; ++agent) {
    const auto length = *rc::gen::inRange<std::size_t>(1, 4);
    program.push_back(*rc::gen::container<std::vector<Line>>(length, line));
  }
  agree(program);
}

RC_GTEST_PROP(DporLaw, FourAgentsVisitEachTraceOnce, ()) {
  const auto line = rc::gen::arbitrary<Line>();
  Program program;
  for (int agent = 0; agent < 4; ++agent) {
    const auto length = *rc::gen::inRange<std::size_t>(1, 3);
    program.push_back(*rc::gen::container<std::vector<Line>>(length, line));
  }
  agree(program);
}

// A wait whose word had changed depends on no wake-up, and does where the word changes later.
RC_GTEST_PROP(DporLaw, SleepersAndWakersVisitEachTraceOnce, ()) {
  const auto line =
      rc::gen::map(rc::gen::pair(rc::gen::element(Line::sleep_if, Line::wake_one, Line::wake_all,
                                                  Line::store, Line::add, Line::swap_if),
                                 rc::gen::inRange(0, 2)),
                   [](const std::pair<Line::Kind, int>& kind) {
                     return Line{kind.first, 0, 0, kind.second};
                   });
  Program program;
  for (int agent = 0; agent < 3; ++agent) {
    const auto length = *rc::gen::inRange<std::size_t>(1, 4);
    program.push_back(*rc::gen::container<std::vector<Line>>(length, line));
  }
  agree(program);
}

// Two of them, in which the wake-up touches nothing that the change does.
TEST(DporLaw, TriesTheWakeUpBeforeTheChangeThatKeptOneAwake) {
  const Program programs[] = {
      {{{Line::wake_all}, {Line::sleep_if, 0, 0, 0}, {Line::load}},
       {{Line::sleep_if, 0, 0, 1}, {Line::add}},
       {{Line::wake_all}}},
      {{{Line::store, 0, 0, 1}, {Line::swap_if, 0, 0, 0}, {Line::sleep_if, 0, 0, 1}},
       {{Line::unlock}, {Line::add}},
       {{Line::wake_one}, {Line::wake_one}, {Line::wake_one}}},
  };
  for (const Program& program : programs) {
    ScriptMachine machine(program);
    const auto expected = every_interleaving(machine);
    const auto visited = visited_by_dpor(machine);
    EXPECT_EQ(visited.complete, expected.traces);
    EXPECT_EQ(visited.quiescent, expected.quiescent);
    EXPECT_EQ(visited.twice, 0U);
  }
}

TEST(DporLaw, VisitsTheTracesOfSleepSetsEachOnce) {
  std::mt19937 random(3);
  for (int i = 0; i < 300; ++i) {
    ScriptMachine machine(random_program(random));
    const SleepSets sleep_sets(machine);
    ASSERT_EQ(sleep_sets.twice, 0U) << i;
    const auto visited = visited_by_dpor(machine);
    ASSERT_EQ(visited.complete, sleep_sets.traces) << i;
    ASSERT_EQ(visited.quiescent, sleep_sets.quiescent) << i;
    ASSERT_EQ(visited.twice, 0U) << i;
  }
}

RC_GTEST_PROP(DporLaw, AgentsPermutedGiveTheSameCounts, ()) {
  const auto line = rc::gen::arbitrary<Line>();
  Program program;
  for (int agent = 0; agent < 4; ++agent) {
    const auto length = *rc::gen::inRange<std::size_t>(1, 4);
    program.push_back(*rc::gen::container<std::vector<Line>>(length, line));
  }
  const auto counted = [](const Program& permuted) {
    ScriptMachine machine(permuted);
    return Dpor(machine, {.executions = 20'000}).run([](const Execution&) { return true; });
  };
  const auto counts = counted(program);
  RC_PRE(counts.exhausted);
  std::ranges::rotate(program, program.begin() + *rc::gen::inRange(0, 4));
  if (*rc::gen::arbitrary<bool>()) std::swap(program[1], program[2]);
  const auto permuted = counted(program);
  RC_ASSERT(permuted.complete == counts.complete);
  RC_ASSERT(permuted.quiescent == counts.quiescent);
}

}  // namespace
}  // namespace minusone
