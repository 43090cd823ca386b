// Loops: what waits is told from what ends by itself, and what is not known is said to be unknown.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

#include "stress/explore/explore.h"
#include "stress/machine/testing/brute_force.h"
#include "stress/search/dpor.h"
#include "stress/subjects/program_machine.h"

namespace minusone {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

std::string path(const std::string& name) {
  return MINUSONE_MODULES "/program/loop_" + name + ".so";
}

struct Loop {
  const char* program;
  Verdict verdict;
  Assurance assurance;
  const char* outcome;  ///< one of those it comes to
};

void PrintTo(const Loop& loop, std::ostream* out) { *out << loop.program; }

class LoopTest : public testing::TestWithParam<Loop> {};

TEST_P(LoopTest, ComesToWhatTheProgramDoes) {
  const auto result = explore(path(GetParam().program), "000000000000", {});
  EXPECT_EQ(result.verdict, GetParam().verdict);
  EXPECT_EQ(result.assurance, GetParam().assurance);
  bool found = false;
  for (const auto& row : result.outcomes)
    found |= row.outcome.find(GetParam().outcome) != row.outcome.npos;
  EXPECT_TRUE(found);
}

constexpr auto holds = Verdict::holds, violated = Verdict::violated;
constexpr auto complete = Assurance::complete, bounded = Assurance::bounded;

INSTANTIATE_TEST_SUITE_P(
    Programs, LoopTest,
    testing::Values(
        // It ends by itself, whoever comes first.
        Loop{"read_sum", violated, bounded, "sum < 0"},
        Loop{"read_table", violated, complete, "sum != 0"},
        // Its rounds come to nothing: it waits.
        Loop{"poll_under_lock", holds, complete, "every thread finished"},
        Loop{"poll_in_vain", violated, complete, "1 of 2 threads wait for ever"},
        Loop{"poll_two_locks", violated, complete, "2 of 2 threads wait for ever"},
        Loop{"poll_semaphore", holds, complete, "every thread finished"},
        Loop{"try_until_free", holds, complete, "every thread finished"},
        // That is not proved: the others come to their turn.
        Loop{"poll_and_count", holds, bounded, "every thread finished"},
        Loop{"try_beside_poll", holds, bounded, "every thread finished"},
        Loop{"own_spin_lock", holds, bounded, "every thread finished"},
        Loop{"abort_behind_poll", violated, bounded, "abort() was called"},
        Loop{"abort_before_poll", violated, bounded, "abort() was called"},
        Loop{"spins_on_shared_stack", holds, bounded, "every thread finished"},
        Loop{"polls_on_shared_stack", holds, complete, "every thread finished"},
        Loop{"polls_on_shared_stack_in_vain", violated, complete, "2 of 3 threads wait for ever"},
        Loop{"waits_on_own_stack", holds, complete, "every thread finished"},
        Loop{"waits_on_own_stack_in_vain", violated, complete, "2 of 3 threads wait for ever"},
        // What it looked at before the loop changes later, which is no reason to look again.
        Loop{"looks_before_it_waits", violated, complete, "2 of 2 threads wait for ever"},
        Loop{"long_writes", holds, complete, "every thread finished"},
        Loop{"endless", Verdict::inconclusive, bounded, "cut: too many steps"},
        // Steps that touch no global are steps.
        Loop{"race_on_stack", violated, complete, "every thread finished"},
        Loop{"only_barrier", holds, complete, "every thread finished"}),
    [](const auto& info) { return std::string(info.param.program); });

TEST(Loops, TellTheLimitThatTheyMet) {
  EXPECT_THAT(explore(path("endless"), "000000000000", {}).limits,
              Contains(HasSubstr("after 5000 steps (--max-steps)")));
  EXPECT_THAT(explore(path("poll_and_count"), "000000000000", {}).limits,
              Contains(HasSubstr("held after 64 rounds (--fair-rounds)")));
  ExploreOptions options;
  options.max_steps = 100;
  EXPECT_THAT(explore(path("long_writes"), "000000000000", options).limits,
              Contains(HasSubstr("after 100 steps (--max-steps)")));
}

void expect_all_open(const Result& result) {
  EXPECT_EQ(result.verdict, Verdict::inconclusive);
  EXPECT_FALSE(result.properties.empty());
  for (const auto& property : result.properties)
    EXPECT_EQ(property.verdict, Verdict::inconclusive) << name_of(property.property);
}

TEST(Loops, OfWhichAnExecutionWasCutLeaveEachPropertyOpen) {
  expect_all_open(explore(path("endless"), "000000000000", {}));
}

TEST(Loops, OfWhichNotAllWasVisitedLeaveEachPropertyOpen) {
  ExploreOptions options;
  options.executions = 1;
  expect_all_open(explore(path("poll_under_lock"), "000000000000", options));
}

// Where its schedule ends somebody could go on: it is a position.
TEST(Loops, ThatAreCutAndRaceReplay) {
  ExploreOptions options;
  options.max_steps = 50;
  const auto result = explore(path("race_on_stack"), "000000000000", {});
  EXPECT_EQ(result.verdict, Verdict::violated);
  options.max_steps = 12;
  for (const auto& property : explore(path("race_on_stack"), "000000000000", options).properties) {
    if (property.count == 0) continue;
    EXPECT_THAT(property.schedule, testing::EndsWith("+"));
    EXPECT_THAT(replay(path("race_on_stack"), parse_schedule(property.schedule)).steps,
                testing::Not(IsEmpty()));
  }
}

TEST(Loops, ThatPollUnderALockVisitEachTraceOnce) {
  for (const char* name : {"poll_under_lock", "poll_in_vain", "poll_two_locks", "try_until_free"}) {
    ProgramMachine machine(path(name));
    const auto expected = every_interleaving(machine);
    std::set<std::string> found, resting;
    std::uint64_t twice = 0;
    Dpor(machine, {}).run([&](const Execution& execution) {
      auto& set = execution.end == End::complete ? found : resting;
      twice += !set.insert(canonical(execution.steps)).second;
      return true;
    });
    EXPECT_EQ(found, expected.traces) << name;
    EXPECT_EQ(resting, expected.quiescent) << name;
    EXPECT_EQ(twice, 0U) << name;
  }
}

}  // namespace
}  // namespace minusone
