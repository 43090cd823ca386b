// Agents that others than the first create.
#include <gtest/gtest.h>

#include "stress/explore/explore.h"
#include "stress/machine/testing/brute_force.h"
#include "stress/subjects/program_machine.h"

namespace minusone {
namespace {

TEST(NestedThreads, ComeBeforeWhatAThirdDoesToo) {
  const std::string module = MINUSONE_MODULES "/program/nested_threads.so";
  ProgramMachine machine(module);
  const auto expected = every_interleaving(machine);
  ASSERT_EQ(expected.violations.size(), 1U);
  const Result result = explore(module, "000000000000", {});
  EXPECT_EQ(result.verdict, Verdict::violated);
  EXPECT_EQ(result.executions.violating, 1U);
  EXPECT_EQ(result.executions.complete, expected.traces.size());
}

}  // namespace
}  // namespace minusone
