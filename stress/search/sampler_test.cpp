// The strategies that sample, held against what their papers promise.
#include "stress/search/sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "stress/machine/testing/brute_force.h"
#include "stress/search/testing/script_machine.h"

namespace minusone {
namespace {

/// How often `samples` executions satisfy `bug`, which is told who took each step.
template <class Bug>
std::uint64_t hits(const Program& program, std::unique_ptr<SchedulingPolicy> policy,
                   std::uint64_t samples, const Bug& bug) {
  ScriptMachine machine(program);
  std::uint64_t found = 0;
  Sampler(machine, {.executions = samples}, std::move(policy)).run([&](const Execution& execution) {
    std::vector<int> agents;
    for (const Step& step : execution.steps) agents.push_back(step.agent);
    found += bug(agents);
    return true;
  });
  return found;
}

/// The least that `samples` draws of probability `each` come to but once in a million times, by
/// Chernoff's bound: P(X <= (1 - d) m) <= exp(-d^2 m / 2).
double at_least(std::uint64_t samples, double each) {
  const double mean = static_cast<double>(samples) * each;
  return mean - std::sqrt(2 * mean * std::log(1e6));
}
double at_most(std::uint64_t samples, double each) {
  // P(X >= (1 + d) m) <= exp(-d^2 m / 3) for d <= 1.
  const double mean = static_cast<double>(samples) * each;
  return mean + std::sqrt(3 * mean * std::log(1e6));
}

/// The nth step (from 0) of agent 0 comes before the nth of agent 1, that before the (n+1)th of
/// agent 0, and so on: as many constraints as the depth says.
auto bug_of_depth(int depth) {
  return [depth](const std::vector<int>& agents) {
    std::vector<std::size_t> at[2];
    for (std::size_t i = 0; i < agents.size(); ++i) {
      if (agents[i] < 2) at[agents[i]].push_back(i);
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(depth); ++i) {
      const auto earlier = at[i % 2][i / 2];
      const auto later = at[(i + 1) % 2][(i + 1) / 2];
      if (earlier > later) return false;
    }
    return true;
  };
}

Program agents_of_loads(std::size_t agents, std::size_t steps) {
  return Program(agents, std::vector<Line>(steps, Line{Line::load, 0, 0, 0}));
}

// Burckhardt et al., ASPLOS 2010, theorem 9: at least 1 / (n k^(d-1)). With two agents the bug
// above needs each change point just where it is, so that the bound is what happens.
TEST(Pct, MeetsABugOfItsDepthAsOftenAsThePaperPromises) {
  constexpr std::size_t steps = 4, k = 2 * steps;
  for (const int depth : {1, 2, 3, 4}) {
    const double each = 1 / (2 * std::pow(k, depth - 1));
    const auto samples = static_cast<std::uint64_t>(150 / each);
    const auto found =
        hits(agents_of_loads(2, steps), make_pct(depth, 1), samples, bug_of_depth(depth));
    EXPECT_GE(static_cast<double>(found), at_least(samples, each)) << "depth " << depth;
    EXPECT_LE(static_cast<double>(found), at_most(samples, each)) << "depth " << depth;
  }
}

TEST(Pct, MeetsItAmongMoreAgentsToo) {
  constexpr std::size_t agents = 4, k = agents * 3;
  const double each = 1 / (agents * std::pow(k, 2));
  const auto samples = static_cast<std::uint64_t>(100 / each);
  EXPECT_GE(static_cast<double>(
                hits(agents_of_loads(agents, 3), make_pct(3, 1), samples, bug_of_depth(3))),
            at_least(samples, each));
}

TEST(Pct, NeverMeetsADeeperBugOfTwoAgents) {
  for (const int depth : {1, 2, 3}) {
    EXPECT_EQ(hits(agents_of_loads(2, 4), make_pct(depth, 1), 20'000, bug_of_depth(depth + 1)), 0U)
        << "pct:" << depth;
  }
}

TEST(Pct, SaysWhatItsSamplesAreWorth) {
  ScriptMachine machine(agents_of_loads(2, 4));
  Sampler search(machine, {.executions = 1001}, make_pct(3, 1));
  search.run([](const Execution&) { return true; });
  // 1 / (2 * 8^2), 1 - (1 - that)^1000; the first execution was there to learn that 8 is the
  // length.
  EXPECT_THAT(
      search.limits(),
      testing::ElementsAre("1001 schedules were sampled",
                           "a bug of depth 3 is met with probability at least 0.0078 in one "
                           "schedule of 2 agents and up to 8 steps, 1 in 1000 of them"));
}

TEST(Samplers, LetNobodySpinForEver) {
  // The first counts while it waits, so that no round of its wait is without effect.
  const Program program{{{Line::count_until, 0, 0, 1}},
                        {{Line::load, 1, 0, 0}, {Line::store, 0, 0, 1}}};
  for (auto& policy : {make_random, make_pos}) {
    ScriptMachine machine(program);
    EXPECT_EQ(Sampler(machine, {.executions = 200}, policy(1))
                  .run([](const Execution&) { return true; })
                  .complete,
              200U);
  }
  ScriptMachine machine(program);
  EXPECT_EQ(Sampler(machine, {.executions = 200}, make_pct(3, 1))
                .run([](const Execution&) { return true; })
                .complete,
            200U);
}

// Yuan, Yang, Gu, CAV 2018: an agent's one step comes behind the other's (k+1)th, the
// only one that it races with. By priorities it must have the lowest of k + 2; by a walk the other
// must be chosen k + 1 times in a row.
TEST(Pos, MeetsWhatARandomWalkHardlyEverDoes) {
  constexpr std::size_t k = 8;
  Program program{{{Line::add, 0, 0, 0}}, std::vector<Line>(k, Line{Line::load, 1, 0, 0})};
  program[1].push_back({Line::add, 0, 0, 0});
  const auto last = [](const std::vector<int>& agents) { return agents.back() == 0; };
  const double by_priority = 1.0 / (k + 2), by_walk = std::pow(0.5, k + 1);
  constexpr std::uint64_t samples = 50'000;
  const auto pos = static_cast<double>(hits(program, make_pos(1), samples, last));
  EXPECT_GE(pos, at_least(samples, by_priority));
  EXPECT_LE(pos, at_most(samples, by_priority));
  const auto random = static_cast<double>(hits(program, make_random(1), samples, last));
  EXPECT_GE(random, at_least(samples, by_walk));
  EXPECT_LE(random, at_most(samples, by_walk));
}

// Where all of the other's steps race with its own, each draws the priorities of both anew.
TEST(Pos, DrawsAnewForWhatRacesWithTheStepTaken) {
  constexpr std::size_t k = 6;
  const Program program{{{Line::add, 0, 0, 0}}, std::vector<Line>(k, Line{Line::add, 0, 0, 0})};
  const auto last = [](const std::vector<int>& agents) { return agents.back() == 0; };
  constexpr std::uint64_t samples = 20'000;
  const auto found = static_cast<double>(hits(program, make_pos(1), samples, last));
  EXPECT_GE(found, at_least(samples, std::pow(0.5, k)));
  EXPECT_LE(found, at_most(samples, std::pow(0.5, k)));
}

struct Named {
  const char* name;
  std::unique_ptr<SchedulingPolicy> policy;
};

TEST(Samplers, ReachWhatEveryInterleavingReachesAndNothingElse) {
  const Program programs[] = {
      {{{Line::load, 0, 0, 0}, {Line::store, 0, 0, 1}},
       {{Line::load, 0, 0, 0}, {Line::store, 0, 0, 2}},
       {{Line::add, 1, 0, 0}, {Line::load, 0, 0, 0}}},
      {{{Line::store, 0, 0, 1}, {Line::store, 1, 0, 1}},
       {{Line::await, 1, 0, 1}, {Line::load, 0, 0, 0}},
       {{Line::swap_if, 0, 0, 1}, {Line::store, 1, 0, 2}}},
      {{{Line::lock, 0, 0, 0},
        {Line::lock, 1, 0, 0},
        {Line::unlock, 1, 0, 0},
        {Line::unlock, 0, 0, 0}},
       {{Line::lock, 1, 0, 0},
        {Line::lock, 0, 0, 0},
        {Line::unlock, 0, 0, 0},
        {Line::unlock, 1, 0, 0}}},
      {{{Line::await_or, 0, 1, 1}, {Line::add, 0, 0, 0}},
       {{Line::store, 1, 0, 1}, {Line::store, 1, 0, 0}},
       {{Line::add, 1, 0, 0}}},
  };
  for (const Program& program : programs) {
    ScriptMachine machine(program);
    const auto expected = every_interleaving(machine);
    Named strategies[] = {
        {"random", make_random(1)}, {"pos", make_pos(1)}, {"pct:4", make_pct(4, 1)}};
    for (auto& [name, policy] : strategies) {
      std::set<std::string> complete, quiescent;
      Sampler(machine, {.executions = 5000}, std::move(policy))
          .run([&](const Execution& execution) {
            (execution.end == End::complete ? complete : quiescent)
                .insert(canonical(execution.steps));
            return true;
          });
      const auto index = &program - programs;
      EXPECT_EQ(complete, expected.traces) << name << ", program " << index;
      EXPECT_EQ(quiescent, expected.quiescent) << name << ", program " << index;
    }
  }
}

TEST(Samplers, RepeatThemselvesWithTheSameSeed) {
  for (const auto make : {make_random, make_pos}) {
    std::vector<std::string> runs[2];
    for (auto& run : runs) {
      ScriptMachine machine(agents_of_loads(3, 3));
      Sampler(machine, {.executions = 20}, make(7)).run([&](const Execution& execution) {
        std::string agents;
        for (const Step& step : execution.steps) agents += static_cast<char>('a' + step.agent);
        run.push_back(agents);
        return true;
      });
    }
    EXPECT_EQ(runs[0], runs[1]);
  }
}

}  // namespace
}  // namespace minusone
