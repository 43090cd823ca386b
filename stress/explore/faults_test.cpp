// What may happen besides the agents' own steps: each fault shows what forgets about it, and
// nothing where it is heeded; and the searches agree on what a budget reaches.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "stress/explore/explore.h"

namespace minusone {
namespace {

using testing::HasSubstr;

Result explored(const std::string& program, const FaultBudget& faults,
                const char* strategy = "exhaustive") {
  ExploreOptions options;
  options.strategy = *parse_strategy(strategy);
  options.strategy.faults = faults;
  return explore(MINUSONE_MODULES "/program/" + program + ".so", "000000000000", options);
}

struct Forgetful {
  const char* program;
  FaultBudget faults;
  const char* befalls;  ///< as a trace says it
};

void PrintTo(const Forgetful& forgetful, std::ostream* out) { *out << forgetful.program; }
class FaultTest : public testing::TestWithParam<Forgetful> {};

TEST_P(FaultTest, IsFoundOnlyWhereItMayHappen) {
  const auto& [program, faults, befalls] = GetParam();
  EXPECT_EQ(explored(program, {}).verdict, Verdict::holds);
  const auto result = explored(program, faults);
  EXPECT_EQ(result.verdict, Verdict::violated);
  EXPECT_EQ(result.assurance, Assurance::complete);
  const auto& fault =
      *std::ranges::find(result.properties, Property::no_fault, &PropertyResult::property);
  ASSERT_GT(fault.count, 0U);
  EXPECT_THAT(fault.trace, testing::Contains(HasSubstr(befalls)));
  const auto replayed = replay(MINUSONE_MODULES "/program/" + std::string(program) + ".so",
                               parse_schedule(fault.schedule));
  EXPECT_EQ(replayed.steps, fault.steps);
  EXPECT_THAT(replayed.violation, HasSubstr("an assertion failed"));
}

INSTANTIATE_TEST_SUITE_P(
    Programs, FaultTest,
    testing::Values(Forgetful{"ignored_eintr", {.eintr = 1}, "interrupted (EINTR)"},
                    Forgetful{"unlooped_wait", {.spurious = 1}, "for no reason"},
                    Forgetful{"single_weak_cas", {.weak_cas = 1}, "fails for no reason"},
                    Forgetful{"unchecked_timeout", {.timeouts = 1}, "times out"}),
    [](const auto& info) { return std::string(info.param.program); });

TEST(Faults, DoNoHarmWhereTheyAreHeeded) {
  for (int eintr = 1; eintr <= 3; ++eintr) {
    const auto result = explored("heeded_eintr", {.eintr = eintr});
    EXPECT_EQ(result.executions.violating, 0U);
    EXPECT_EQ(result.assurance, Assurance::complete);
  }
}

// Two threads, either comes first, and the second may have been interrupted up to n times
// meanwhile.
TEST(Faults, AreCountedOncePerPlace) {
  for (int eintr = 0; eintr <= 3; ++eintr) {
    const auto result = explored("heeded_eintr", {.eintr = eintr});
    EXPECT_EQ(result.executions.complete, 2U * static_cast<unsigned>(eintr + 1)) << eintr;
  }
}

TEST(Faults, OfAnotherKindAreNotMade) {
  EXPECT_EQ(explored("ignored_eintr", {.spurious = 2, .weak_cas = 2, .timeouts = 2}).verdict,
            Verdict::holds);
  EXPECT_EQ(explored("unchecked_timeout", {.spurious = 2, .weak_cas = 2}).verdict, Verdict::holds);
}

std::set<std::string> outcomes(const Result& result) {
  std::set<std::string> seen;
  for (const auto& row : result.outcomes) {
    if (row.count > 0) seen.insert(row.outcome);
  }
  return seen;
}

TEST(Faults, ReachTheSameOutcomesAtRandom) {
  for (const char* program : {"ignored_eintr", "unlooped_wait", "unchecked_timeout"}) {
    const FaultBudget all{.eintr = 1, .spurious = 1, .weak_cas = 1, .timeouts = 1};
    EXPECT_EQ(outcomes(explored(program, all)), outcomes(explored(program, all, "random")))
        << program;
  }
}

// Mutexes, semaphores and read-write locks, by both clocks.
TEST(Deadlines, PassWhereNobodyElseCanGoOn) {
  for (int how = 1; how <= 8; ++how) {
    const auto result = explored("deadline_" + std::to_string(how), {});
    EXPECT_EQ(result.verdict, Verdict::holds) << how;
    EXPECT_EQ(outcomes(result), std::set<std::string>{"every thread finished"}) << how;
  }
}

// A signal that kills one thread kills the process.
TEST(Faults, BefallNoThreadAlone) {
  const auto refused = [](auto run) {
    EXPECT_THAT(run, testing::ThrowsMessage<ModuleRefused>(HasSubstr("no thread of it can die")));
  };
  refused([] { explored("mutex_and_join", {.deaths = 1, .mortals = Death::any}); });
  refused([] {
    replay(MINUSONE_MODULES "/program/mutex_and_join.so",
           parse_schedule("000000000000:p:t1-dies-1:t0"));
  });
}

}  // namespace
}  // namespace minusone
