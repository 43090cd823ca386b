// Threads, memory and stacks: numbers of threads that ended are used again, and whoever meets a
// limit is told which. A limit of ours is no fault of the program's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "stress/explore/explore.h"
#include "stress/machine/testing/brute_force.h"
#include "stress/search/dpor.h"
#include "stress/subjects/program_machine.h"

namespace minusone {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

std::string path(const std::string& program) {
  return MINUSONE_MODULES "/program/threads_" + program + ".so";
}

Result explored(const std::string& program, const ExploreOptions& options = {}) {
  return explore(path(program), "000000000000", options);
}

TEST(ThreadNumbers, AreUsedAgainOnceTheirThreadsWereJoined) {
  const auto result = explored("joined");
  EXPECT_EQ(result.verdict, Verdict::holds);
  EXPECT_EQ(result.assurance, Assurance::complete);
  EXPECT_EQ(result.executions.all(), 1U);
}

// Of those that end unjoined other orders may use other numbers.
TEST(ThreadNumbers, AreUsedAgainOnceTheirThreadsHaveEnded) {
  const auto result = explored("detached");
  EXPECT_EQ(result.verdict, Verdict::holds);
  EXPECT_EQ(result.assurance, Assurance::bounded);
  EXPECT_THAT(result.limits, ElementsAre(HasSubstr("the numbers of others that had ended")));
}

// A thread that ended may still be joined, by the number that it has.
TEST(ThreadNumbers, AreTheirThreadsOwnUntilTheseAreJoined) {
  const auto result = explored("kept_70");
  EXPECT_EQ(result.verdict, Verdict::inconclusive);
  EXPECT_THAT(result.limits, Contains(HasSubstr("(--max-threads)")));
  EXPECT_EQ(explored("kept_20").verdict, Verdict::holds);
}

// With few numbers as with many, and each trace once.
TEST(ThreadNumbers, ThatAreUsedAgainChangeNoCount) {
  for (const int most : {3, 63}) {
    ExploreOptions options;
    options.max_threads = most;
    const auto result = explored("batches", options);
    EXPECT_EQ(result.verdict, Verdict::holds);
    EXPECT_EQ(result.assurance, Assurance::complete);
    EXPECT_EQ(result.executions.complete, 8U) << "two orders in each of three batches";
    EXPECT_EQ(result.executions.all(), 8U);
    EXPECT_TRUE(result.races.empty());
  }
}

TEST(ThreadNumbers, ThatAreUsedAgainLeaveTheTracesOfEveryInterleaving) {
  ProgramMachine machine(path("batches"));
  machine.set_rules({.max_threads = 3});
  const auto expected = every_interleaving(machine);
  std::set<std::string> traces;
  Dpor(machine, {}).run([&](const Execution& execution) {
    EXPECT_TRUE(traces.insert(canonical(execution.steps)).second);
    return true;
  });
  EXPECT_EQ(traces, expected.traces);
  EXPECT_EQ(traces.size(), 8U);
}

TEST(Limits, AreNoViolationAndAreNamed) {
  struct {
    const char* program;
    const char* limit;
  } const met[] = {{"alive_63", "more than 63 threads are alive at once (--max-threads)"},
                   {"endless", "more than 63 threads are alive at once (--max-threads)"},
                   {"bytes_2097152", "asks for more than 1048576 bytes of memory (--max-memory)"}};
  for (const auto& [program, limit] : met) {
    ExploreOptions options;
    options.executions = 3;
    const auto result = explored(program, options);
    EXPECT_EQ(result.verdict, Verdict::inconclusive) << program;
    EXPECT_EQ(result.executions.violating, 0U) << program;
    EXPECT_THAT(result.limits, Contains(HasSubstr(limit))) << program;
  }
}

TEST(Limits, AreMetOnlyBeyondThem) {
  ExploreOptions one;
  one.executions = 1;
  EXPECT_THAT(explored("alive_62", one).limits, testing::Not(Contains(HasSubstr("--max-threads"))));
  EXPECT_EQ(explored("bytes_1000000").verdict, Verdict::holds);
  ExploreOptions more;
  more.max_memory = std::size_t{4} << 20;
  EXPECT_EQ(explored("bytes_2097152", more).verdict, Verdict::holds);
}

TEST(Limits, OfAStackAreThoseOfTheSystem) {
  EXPECT_EQ(explored("deep_4000000").verdict, Verdict::holds);
  EXPECT_EQ(explored("deep_9000000").verdict, Verdict::violated);
}

TEST(Arguments, AreWhatMainIsCalledWith) {
  ExploreOptions options;
  options.arguments = {"2", "100"};
  const std::string program = MINUSONE_MODULES "/program/arguments.so";
  const auto result = explore(program, "000000000000", options);
  EXPECT_EQ(result.verdict, Verdict::holds);
  EXPECT_EQ(result.assurance, Assurance::complete);
  EXPECT_EQ(explore(program, "000000000000", {}).verdict, Verdict::violated) << "argc is 1";
  const std::string alone = MINUSONE_MODULES "/program/arguments_alone.so";
  options.programs = {{alone, "argument 1", {}, {"2", "100"}}, {alone, "argument 2", {}, {}}};
  EXPECT_THAT(
      explore("", "000000000000", options).outcomes,
      testing::ElementsAre(testing::Field(&OutcomeCount::outcome, "argument 2 exits with 2")));
}

}  // namespace
}  // namespace minusone
