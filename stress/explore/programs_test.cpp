// Programs as they stand in textbooks (programs/): what the explorer finds in each, in how many
// executions, and that these are the traces of every interleaving.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <set>

#include "stress/explore/explore.h"
#include "stress/machine/testing/brute_force.h"
#include "stress/search/dpor.h"
#include "stress/subjects/program_machine.h"

namespace minusone {
namespace {

using testing::HasSubstr;

std::string path(const std::string& program) {
  return MINUSONE_MODULES "/program/textbook_" + program + ".so";
}

struct Expected {
  const char* program;
  std::uint64_t complete;  ///< executions in which every thread finished
  std::uint64_t wrong;     ///< executions that fail, or in which somebody waits for ever
  const char* outcome;     ///< of a wrong one; empty: there is none
  Assurance assurance = Assurance::complete;
};

void PrintTo(const Expected& expected, std::ostream* out) { *out << expected.program; }

class Textbook : public testing::TestWithParam<Expected> {};

TEST_P(Textbook, ComesToWhatItShould) {
  const Expected& expected = GetParam();
  const auto result = explore(path(expected.program), "000000000000", {});
  std::uint64_t finished = 0, wrong = 0;
  std::string outcomes;
  for (const auto& row : result.outcomes) {
    (row.grade == Grade::forbidden ? wrong : finished) += row.count;
    outcomes += row.outcome + "; ";
  }
  EXPECT_EQ(finished, expected.complete);
  EXPECT_EQ(wrong, expected.wrong);
  EXPECT_THAT(outcomes, HasSubstr(expected.outcome));
  EXPECT_EQ(result.assurance, expected.assurance);
}

INSTANTIATE_TEST_SUITE_P(
    Programs, Textbook,
    testing::Values(Expected{"abba", 2, 1, "3 of 3 threads wait for ever"},
                    Expected{"lost_wake_up", 2, 1, "2 of 3 threads wait for ever"},
                    Expected{"wake_up", 2, 0, ""}, Expected{"semaphore_lock", 6, 0, ""},
                    Expected{"arguments_on_the_stack", 6, 0, ""},
                    Expected{"address_of_the_loop_variable", 1, 6, "seen[0] && seen[1]"},
                    Expected{"thread_local_id", 6, 0, ""}, Expected{"c11_threads", 2, 0, ""},
                    // who begins once, who comes first at the spin lock and at the barrier: 2 each
                    Expected{"pthread_more", 8, 0, ""},
                    Expected{"global_vector", 2, 2, "counters[7] == 2"},
                    // who calls once, who takes the mutex first
                    Expected{"standard_library", 4, 0, ""},
                    // the semaphore of GCC 12's library loses a wake-up: it goes to sleep on the
                    // value that it read before it failed, which may be there again
                    Expected{"coordination_semaphore", 186, 4, "wait for ever"}),
    [](const auto& info) { return std::string(info.param.program); });

const PropertyResult& property(const Result& result, Property wanted) {
  return *std::ranges::find(result.properties, wanted, &PropertyResult::property);
}

TEST(TextbookProgram, OfTheStandardLibraryHasNoDataRace) {
  const auto result = explore(path("standard_library"), "000000000000", {});
  EXPECT_EQ(property(result, Property::no_data_race).verdict, Verdict::holds);
  EXPECT_EQ(result.verdict, Verdict::holds);
}

TEST(TextbookProgram, IsWrongWhereItEndsBadlyAndTheStepBeforeIsTold) {
  const char* const endings[] = {"an assertion failed: word == 2",
                                 "abort() was called",
                                 "exit(3) was called",
                                 "exit(4) was called",
                                 "an exception was not caught",
                                 "__VERIFIER_error() was reached",
                                 "main() returned 7"};
  for (int i = 0; i < 7; ++i) {
    const auto result = explore(path("ending_" + std::to_string(i + 1)), "000000000000", {});
    const auto& fault = property(result, Property::no_fault);
    EXPECT_EQ(fault.count, 1U) << endings[i];
    ASSERT_GE(fault.trace.size(), 2U) << endings[i];
    EXPECT_THAT(fault.trace[0], HasSubstr("writes word = 1"));
    EXPECT_EQ(fault.trace.back(), endings[i]);
  }
  EXPECT_EQ(explore(path("ending_8"), "000000000000", {}).verdict, Verdict::inconclusive);
  EXPECT_EQ(explore(path("ending_9"), "000000000000", {}).verdict, Verdict::holds);
}

TEST(TextbookProgram, RacesInsideTheCodeOfAStandardString) {
  const auto result = explore(path("shared_string"), "000000000000", {});
  EXPECT_EQ(property(result, Property::no_data_race).verdict, Verdict::violated);
  const bool inside = std::ranges::any_of(
      result.races, [](const Race& race) { return race.a.file == "basic_string.h"; });
  EXPECT_TRUE(inside);
}

TEST(TextbookProgram, OfAnArgumentOnTheStackHasNoDataRace) {
  const auto result = explore(path("arguments_on_the_stack"), "000000000000", {});
  EXPECT_EQ(property(result, Property::no_data_race).verdict, Verdict::holds);
  const auto wrong = explore(path("address_of_the_loop_variable"), "000000000000", {});
  EXPECT_EQ(property(wrong, Property::no_data_race).verdict, Verdict::violated);
}

TEST(TextbookProgram, OnASharedStackReplaysToTheSameTrace) {
  const auto result = explore(path("address_of_the_loop_variable"), "000000000000", {});
  const auto& wrong = property(result, Property::no_fault);
  EXPECT_THAT(wrong.schedule, HasSubstr(":ps1:"));
  for (int i = 0; i < 3; ++i) {
    const auto again = replay(path("address_of_the_loop_variable"), parse_schedule(wrong.schedule));
    EXPECT_EQ(again.trace, wrong.trace);
  }
}

struct Small {
  const char* program;
  AgentSet stacks = 0;
};

void PrintTo(const Small& small, std::ostream* out) { *out << small.program; }

class TextbookTraces : public testing::TestWithParam<Small> {};

// Complete executions, and those in which somebody waits for ever.
TEST_P(TextbookTraces, AreThoseOfEveryInterleavingEachOnce) {
  ProgramMachine machine(path(GetParam().program));
  machine.set_rules({.shared_stacks = GetParam().stacks});
  const BruteForce expected = every_interleaving(machine);
  std::set<std::string> traces, quiescent, violations;
  std::uint64_t twice = 0;
  Dpor search(machine, {});
  const auto counts = search.run([&](const Execution& execution) {
    if (execution.end == End::violation) violations.insert(machine.violation());
    if (execution.end == End::complete) twice += !traces.insert(canonical(execution.steps)).second;
    if (execution.end == End::quiescent)
      twice += !quiescent.insert(canonical(execution.steps)).second;
    return true;
  });
  EXPECT_TRUE(counts.exhausted);
  EXPECT_GT(expected.traces.size(), 1U);
  EXPECT_EQ(traces, expected.traces);
  EXPECT_EQ(quiescent, expected.quiescent);
  EXPECT_EQ(violations, expected.violations);
  EXPECT_EQ(twice, 0U);
}

// Failed futex waits among them, whose every interleaving would be too many.
TEST(TextbookProgram, WithASemaphoreOfTheLibraryHasTheTracesOfSleepSets) {
  ProgramMachine machine(path("coordination_semaphore"));
  const SleepSets expected(machine);
  std::set<std::string> traces, quiescent;
  Dpor(machine, {}).run([&](const Execution& execution) {
    auto& set = execution.end == End::complete ? traces : quiescent;
    EXPECT_TRUE(set.insert(canonical(execution.steps)).second);
    return true;
  });
  EXPECT_EQ(traces, expected.traces);
  EXPECT_EQ(quiescent, expected.quiescent);
}

INSTANTIATE_TEST_SUITE_P(Programs, TextbookTraces,
                         testing::Values(Small{"abba"}, Small{"lost_wake_up"}, Small{"wake_up"},
                                         Small{"c11_threads"}, Small{"small_barrier"},
                                         Small{"small_spin"}, Small{"small_once"},
                                         Small{"small_rwlock"}, Small{"small_timed"},
                                         Small{"small_stack", 1}),
                         [](const auto& info) { return std::string(info.param.program); });

}  // namespace
}  // namespace minusone
