// Whole programs under every interleaving, taken one by one: slow and plain, so that it may judge
// what is faster. Traces are told apart by the order of dependent steps (Mazurkiewicz).
#include "stress/subjects/program_machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stress/machine/testing/brute_force.h"

namespace minusone {
namespace {

std::string program(const std::string& name) { return MINUSONE_MODULES "/program/" + name + ".so"; }

TEST(ProgramMachine, TakesAsManyTracesAsArithmeticSays) {
  const struct {
    const char* name;
    std::size_t traces;
  } expected[] = {{"fetch_add", 6}, {"increment", 36}, {"ticket_lock", 6}, {"mutex_and_join", 6}};
  for (const auto& [name, traces] : expected) {
    ProgramMachine machine(program(name));
    machine.audit(true);
    const BruteForce found = every_interleaving(machine);
    EXPECT_EQ(found.traces.size(), traces) << name;
    EXPECT_THAT(found.violations, testing::IsEmpty()) << name;
    EXPECT_GT(machine.shared_steps(), 0u);
  }
}

TEST(ProgramMachine, FindsTheFailedAssertionOfALostIncrement) {
  ProgramMachine machine(program("lost_increment"));
  EXPECT_THAT(every_interleaving(machine).violations,
              testing::ElementsAre("an assertion failed: word == N"));
}

TEST(ProgramMachine, TakesAFaultForAViolation) {
  ProgramMachine machine(program("null_pointer"));
  EXPECT_THAT(every_interleaving(machine).violations,
              testing::ElementsAre(testing::HasSubstr("SIGSEGV")));
}

TEST(ProgramMachine, RefusesAModuleThatCallsWhatNobodyWatchesByTheCallsName) {
  try {
    ProgramMachine machine(program("unmodelled_call"));
    FAIL() << "was not refused";
  } catch (const ModuleRefused& refused) {
    EXPECT_THAT(refused.what(), testing::HasSubstr("calls `write`"));
  }
}

TEST(ProgramMachine, RefusesAModuleWithoutInstrumentation) {
  try {
    ProgramMachine machine(MINUSONE_MODULES "/naive/counter/native.so");
    FAIL() << "was not refused";
  } catch (const ModuleRefused& refused) {
    EXPECT_THAT(refused.what(), testing::HasSubstr("counter/native.so"));
  }
}

}  // namespace
}  // namespace minusone
