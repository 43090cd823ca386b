// Whole programs: what their executions come to, and that every violation found replays.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "stress/explore/explore.h"
#include "stress/machine/testing/brute_force.h"
#include "stress/search/dpor.h"
#include "stress/search/interleavings.h"
#include "stress/subjects/program_machine.h"

namespace minusone {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

std::string program(const std::string& name) { return MINUSONE_MODULES "/program/" + name + ".so"; }

Result explored(const std::string& module, const Strategy& strategy = {}, Workload workload = {}) {
  ExploreOptions options;
  options.strategy = strategy;
  options.workload = workload;
  options.shrinks = false;
  if (strategy.kind->samples) options.executions = 500;
  return explore(module, "0", options);
}

const PropertyResult& property(const Result& result, Property wanted) {
  return *std::ranges::find(result.properties, wanted, &PropertyResult::property);
}

std::vector<std::string> outcomes(const Result& result) {
  std::vector<std::string> seen;
  for (const auto& row : result.outcomes) {
    if (row.count > 0) seen.push_back(row.outcome);
  }
  return seen;
}

TEST(ProgramSubject, SaysWhatEachExecutionCameTo) {
  EXPECT_THAT(outcomes(explored(program("lost_increment"))),
              UnorderedElementsAre("every thread finished", "an assertion failed: word == N"));
  EXPECT_THAT(outcomes(explored(program("opposite_locks"))),
              UnorderedElementsAre("every thread finished", "2 of 3 threads wait for ever"));
  EXPECT_THAT(outcomes(explored(program("exit_code"))),
              UnorderedElementsAre("every thread finished", "exit(3) was called"));
  EXPECT_THAT(outcomes(explored(program("null_pointer"))), ElementsAre(HasSubstr("SIGSEGV")));
}

TEST(ProgramSubject, DoesNotCountAnAssumptionThatFailsAsStuckNorAsAnEnd) {
  const auto result = explored(program("assume"));
  EXPECT_EQ(result.verdict, Verdict::inconclusive);
  EXPECT_EQ(result.executions.violating, 0U);
  EXPECT_THAT(result.limits, testing::Contains(HasSubstr("no execution came to its end")));
  EXPECT_THAT(outcomes(result), ElementsAre(HasSubstr("assumption")));
}

struct Broken {
  const char* program;
  Property property;
};

TEST(ProgramSubject, ReplaysEachViolationToTheSameTrace) {
  for (const auto& [name, broken] : {Broken{"lost_increment", Property::no_fault},
                                     {"lost_increment", Property::no_data_race},
                                     {"null_pointer", Property::no_fault},
                                     {"exit_code", Property::no_fault},
                                     {"opposite_locks", Property::no_deadlock}}) {
    const auto result = explored(program(name));
    EXPECT_EQ(result.verdict, Verdict::violated) << name;
    const auto& found = property(result, broken);
    ASSERT_GT(found.count, 0U) << name;
    for (int i = 0; i < 100; ++i) {
      const auto replayed = replay(program(name), parse_schedule(found.schedule));
      ASSERT_EQ(replayed.steps, found.steps) << name;
      ASSERT_EQ(replayed.result.verdict, Verdict::violated) << name;
      ASSERT_EQ(property(replayed.result, broken).count, 1U) << name;
    }
  }
}

TEST(ProgramSubject, TellsWhoWaitsForWhat) {
  EXPECT_THAT(
      property(explored(program("opposite_locks")), Property::no_deadlock).trace,
      testing::IsSupersetOf({"thread 1 waits at opposite_locks.c:9, where it locks second",
                             "thread 2 waits at opposite_locks.c:17, where it locks first"}));
}

TEST(ProgramSubject, FindsTheRaceBehindASwapThatFailedRelaxed) {
  EXPECT_GT(property(explored(program("failed_swap_relaxed")), Property::no_data_race).count, 0U);
  EXPECT_EQ(property(explored(program("failed_swap_acquire")), Property::no_data_race).count, 0U);
}

// ---- a run in which nothing happened is no pass

const Strategy strategies[] = {{},
                               {.preemptions = 2},
                               *parse_strategy("random"),
                               *parse_strategy("pos"),
                               *parse_strategy("pct:3")};

TEST(Explore, DoesNotPassWhereNobodyTouchedSharedMemory) {
  for (const Strategy& strategy : strategies) {
    for (const auto& module :
         {program("idle"), std::string(MINUSONE_MODULES "/test/untouched/traced.so")}) {
      const auto result = explored(module, strategy);
      EXPECT_EQ(result.verdict, Verdict::inconclusive) << module << ", " << to_string(strategy);
      EXPECT_THAT(result.limits, testing::Contains(HasSubstr("no agent took a step on shared")));
    }
  }
  EXPECT_EQ(replay(program("idle"), {"0", {}, true, {0}}).result.verdict, Verdict::inconclusive);
}

TEST(Explore, FindsWhatFailsBeforeAllSteps) {
  for (const Strategy& strategy : strategies) {
    const auto result = explored(program("early_failure"), strategy);
    EXPECT_EQ(result.verdict, Verdict::violated) << to_string(strategy);
    EXPECT_EQ(result.executions.violating, 1U) << to_string(strategy);
    EXPECT_THAT(outcomes(result), ElementsAre("an assertion failed: 0 > 1"));
    const auto& found = property(result, Property::no_fault);
    const auto replayed = replay(program("early_failure"), parse_schedule(found.schedule));
    EXPECT_EQ(replayed.violation, "an assertion failed: 0 > 1");
    EXPECT_EQ(replayed.result.verdict, Verdict::violated);
  }
}

// ---- the engine against itself

std::set<std::string> traces(const std::string& name, const Strategy& strategy) {
  ProgramMachine machine(program(name));
  std::set<std::string> found;
  SearchLimits limits;
  if (strategy.kind->samples) limits.executions = 3000;
  make_search(strategy, machine, {}, limits, 1)->run([&](const Execution& execution) {
    if (execution.end == End::complete) found.insert(canonical(execution.steps));
    return true;
  });
  return found;
}

TEST(Strategies, AllReachTheTracesOfSmallPrograms) {
  for (const char* name :
       {"oracle_increment_2", "oracle_increment_3", "oracle_ttas_2", "oracle_ticket_3",
        "oracle_lock_3", "oracle_cas_2_2", "oracle_counter_1_2"}) {
    const auto expected = traces(name, {});
    EXPECT_EQ(traces(name, {.preemptions = 1000}), expected) << name;
    for (const char* sampling : {"random", "pos", "pct:5"}) {
      EXPECT_EQ(traces(name, *parse_strategy(sampling)), expected) << name << ", " << sampling;
    }
  }
}

TEST(Strategies, ReachTheTracesOfSleepSets) {
  for (const char* name :
       {"oracle_increment_2", "oracle_increment_3", "oracle_ttas_2", "oracle_ticket_3",
        "oracle_lock_3", "oracle_cas_2_2", "oracle_counter_1_2", "oracle_counter_2_1",
        "oracle_peterson_1", "oracle_dekker_1"}) {
    ProgramMachine machine(program(name));
    const SleepSets sleep_sets(machine);
    EXPECT_EQ(traces(name, {}), sleep_sets.traces) << name;
    EXPECT_EQ(sleep_sets.twice, 0U) << name;
  }
}

TEST(Strategies, RunFromTheStartWhereStepsCannotBeTakenBack) {
  ProgramMachine machine(program("private_memory"));
  const auto expected = every_interleaving(machine).traces;
  EXPECT_EQ(expected.size(), 6U) << "4 stores, the order of each thread's own is given";
  machine.reset();
  const int mark = machine.mark();
  machine.step(1);
  EXPECT_FALSE(machine.rewind(mark)) << "or this test says nothing";
  EXPECT_EQ(traces("private_memory", {}), expected);
  EXPECT_EQ(traces("private_memory", {.preemptions = 1000}), expected);
  for (const char* sampling : {"random", "pos", "pct:5"})
    EXPECT_EQ(traces("private_memory", *parse_strategy(sampling)), expected);
}

TEST(Strategies, OnlyReachWhatTheReducedSearchReaches) {
  for (const char* name :
       {"oracle_counter_2_1", "oracle_counter_2_2", "oracle_peterson_1", "oracle_dekker_1"}) {
    const auto all = traces(name, {});
    for (const char* sampling : {"random", "pos", "pct:5"}) {
      const auto some = traces(name, *parse_strategy(sampling));
      EXPECT_GT(some.size(), 3U) << name;
      EXPECT_TRUE(std::ranges::includes(all, some)) << name;
    }
  }
}

TEST(Strategies, CountTheSameWhoeverIsCreatedFirst) {
  for (const std::string roles : {"roles_", "signal_", "futex_"}) {
    std::set<std::pair<std::uint64_t, std::uint64_t>> counts;
    for (int order = 0; order < 6; ++order) {
      ProgramMachine machine(program(roles + std::to_string(order)));
      const auto count = Dpor(machine, {}).run([](const Execution&) { return true; });
      const auto expected = every_interleaving(machine);
      EXPECT_EQ(count.complete, expected.traces.size()) << roles << order;
      EXPECT_EQ(count.quiescent, expected.quiescent.size()) << roles << order;
      counts.insert({count.complete, count.quiescent});
    }
    EXPECT_EQ(counts.size(), 1U) << roles;
  }
}

// Every byte of shared memory is compared around each step.
TEST(Audit, FindsEveryWriteOfTheOraclesAnnounced) {
  for (const char* name : {"faa_3x3", "increment_3", "ttas_3", "ttascas_3", "ticket_3", "lock_3",
                           "mutex_2_2", "cas_2_2", "counter_2_1", "peterson_1", "dekker_1"}) {
    ProgramMachine machine(program(std::string("oracle_") + name));
    machine.audit(true);
    const auto counts = Dpor(machine, {}).run([&](const Execution& execution) {
      EXPECT_NE(execution.end, End::violation) << name << ": " << machine.violation();
      return execution.end != End::violation;
    });
    EXPECT_TRUE(counts.exhausted) << name;
  }
}

TEST(Audit, FindsAWriteThatNobodyAnnounced) {
  for (const char* name : {"unseen_write", "unseen_assembly", "unseen_early", "unseen_in_thread"}) {
    for (const bool audited : {true, false}) {
      ProgramMachine machine(program(name));
      machine.audit(audited);
      std::string violation;
      Dpor(machine, {}).run([&](const Execution& execution) {
        if (execution.end == End::violation) violation = machine.violation();
        return true;
      });
      EXPECT_EQ(violation.find("changed without an announced write") != violation.npos, audited)
          << name << ": " << violation;
    }
  }
}

}  // namespace
}  // namespace minusone
