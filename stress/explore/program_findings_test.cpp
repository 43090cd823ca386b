// Whole programs: what the explorer tells of each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <stop_token>
#include <thread>

#include "stress/explore/explore.h"
#include "stress/fibers/agent_signals.h"

namespace minusone {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

Result explored(const std::string& program) {
  return explore(MINUSONE_MODULES "/program/" + program + ".so", "000000000000", {});
}

std::vector<std::string> outcomes(const Result& result) {
  std::vector<std::string> seen;
  for (const auto& row : result.outcomes) seen.push_back(row.outcome);
  return seen;
}

const PropertyResult& property(const Result& result, Property wanted) {
  return *std::ranges::find(result.properties, wanted, &PropertyResult::property);
}

TEST(Program, SharesItsHeapBetweenItsThreads) {
  const auto result = explored("heap_race");
  EXPECT_EQ(result.executions.all(), 4U);
  EXPECT_EQ(property(result, Property::no_fault).count, 2U);
  EXPECT_THAT(property(result, Property::no_fault).trace,
              Contains(HasSubstr("an assertion failed: *counter == 2")));
  // What main() wrote before it created them they may read; what they write races.
  for (const Race& race : result.races) {
    EXPECT_THAT(race.a.access, HasSubstr("of heap["));
    EXPECT_THAT(race.a.agent + race.b.agent, testing::Not(HasSubstr("main")));
  }
  EXPECT_THAT(result.races, testing::SizeIs(1));
}

TEST(Program, ThatDeadlocksDoesNotWaitRightly) {
  EXPECT_EQ(explored("textbook_abba").executions,
            (ExecutionCounts{.complete = 2, .violating = 1, .blocked = 2}));
}

TEST(Program, TellsWhatALeakWasAllocatedBy) {
  const auto result = explored("leak");
  EXPECT_EQ(result.executions.violating, 2U);
  EXPECT_THAT(
      property(result, Property::no_fault).trace.back(),
      testing::MatchesRegex("thread [12] leaks 24 bytes, allocated at leak.c:[0-9]+ in work"));
}

TEST(Program, IsToldThatASignalFenceOrdersNoThreads) {
  const auto hint = Contains(HasSubstr("atomic_thread_fence()"));
  const auto wrong = explored("textbook_signal_fence"), right = explored("textbook_thread_fence");
  EXPECT_THAT(wrong.races, testing::SizeIs(1));
  EXPECT_THAT(wrong.notes, hint);
  EXPECT_EQ(right.verdict, Verdict::holds);
  EXPECT_THAT(right.notes, testing::Not(hint));
}

TEST(Program, TellsAStepInsideALibraryByTheCallThatLedThere) {
  const auto result = explored("textbook_library_steps");
  const auto& doubled = property(result, Property::no_fault);
  std::vector<std::string> calls;
  for (const TraceStep& step : doubled.steps) {
    if (step.machinery) continue;
    EXPECT_EQ(step.call.file, is_library(step.path) ? "library_steps.cpp" : "");
    if (step.place == "token") calls.push_back(place_of(step) + " " + step.call.callee);
  }
  EXPECT_EQ(calls, std::vector<std::string>(4, "library_steps.cpp:10 swap"));
  EXPECT_TRUE(std::ranges::any_of(doubled.steps, &TraceStep::machinery));
  EXPECT_THAT(doubled.trace, Contains(HasSubstr("library_steps.cpp:10")));
}

TEST(Program, FreesNothingTwice) {
  const auto result = explored("double_free");
  EXPECT_EQ(result.executions.all(), 4U);
  EXPECT_THAT(outcomes(result),
              ElementsAre("every thread finished", HasSubstr("memory that is free already")));
}

TEST(Program, GoesRoundALoopWithoutAStepForEver) {
  const auto result = explored("silent_loop");
  EXPECT_EQ(property(result, Property::no_deadlock).count, 1U);
  EXPECT_EQ(result.assurance, Assurance::complete);
}

// On a slow machine the first tick comes before what watches is set up to its end.
TEST(HangWatch, HandlesItsFirstTick) {
  const HangWatch watch;
  EXPECT_EQ(raise(SIGVTALRM), 0);
}

// A machine that is busy elsewhere hands over ticks of the watch one on top of the other: the agent
// is in the same state twice, but did not go on between.
TEST(Program, IsNotTakenForALoopWhereTicksComeTogether) {
  const auto undisturbed = explored("oracle_counter_2_3");
  const pthread_t us = pthread_self();
  std::jthread ticks([us](const std::stop_token& done) {
    while (!done.stop_requested()) pthread_kill(us, SIGVTALRM);
  });
  const auto disturbed = explored("oracle_counter_2_3");
  ticks.request_stop();
  ticks.join();
  EXPECT_EQ(outcomes(disturbed), outcomes(undisturbed));
  EXPECT_EQ(disturbed.executions, undisturbed.executions);
}

// One may leave its loop after 0 to 64 rounds, the other gives up after 0 to 3 or leaves.
TEST(Program, IsHeldInALoopThatCountsAndTheVerdictIsBounded) {
  const auto result = explored("counting_wait");
  EXPECT_EQ(result.executions.complete, 65U * 5);
  EXPECT_EQ(result.executions.violating, 0U);
  EXPECT_EQ(result.assurance, Assurance::bounded);
  EXPECT_THAT(result.limits, ElementsAre(HasSubstr("held after 64 rounds")));
}

TEST(Program, TellsTheSameTraceInEachRun) {
  const auto first = explored("double_free");
  const auto again = explored("double_free");
  EXPECT_EQ(property(first, Property::no_fault).steps, property(again, Property::no_fault).steps);
  EXPECT_THAT(property(first, Property::no_fault).steps[0].what, HasSubstr("memory = &heap["));
}

}  // namespace
}  // namespace minusone
