// How frames, threads and processes end: no variable outlives its function, and every order of the
// end and of others' accesses is looked at.
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
using testing::UnorderedElementsAre;

std::string path(const std::string& name) { return MINUSONE_MODULES "/program/" + name + ".so"; }

/// Calls `run(stacks)`, which returns those that were not watched, with ever more of them shared.
template <class Run>
void with_shared_stacks(Run run) {
  AgentSet stacks = 0;
  while (const AgentSet more = run(stacks)) stacks |= more;
}

struct Early {
  int owner;  ///< of the variable: main(), a function that it calls, a thread
  int use;    ///< what the thread does to it
  int ends;   ///< how main() ends: return, pthread_exit(), exit(), after a join
};

void PrintTo(const Early& early, std::ostream* out) {
  *out << early.owner << early.use << early.ends;
}

class EarlyEnd : public testing::TestWithParam<Early> {
 protected:
  std::string name() const { return "early_end_" + testing::PrintToString(GetParam()); }
};

TEST_P(EarlyEnd, IsReachedInEveryOrderOfItAndOfTheUse) {
  with_shared_stacks([&](AgentSet stacks) {
    ProgramMachine machine(path(name()));
    machine.set_rules({.shared_stacks = stacks});
    const auto expected = every_interleaving(machine);
    if (machine.unwatched_stacks() != 0) return machine.unwatched_stacks();
    std::set<std::string> complete, quiescent, violations;
    std::uint64_t twice = 0;
    Dpor(machine, {}).run([&](const Execution& execution) {
      if (execution.end == End::violation) {
        violations.insert(machine.violation());
      } else {
        auto& set = execution.end == End::complete ? complete : quiescent;
        twice += !set.insert(canonical(execution.steps)).second;
      }
      return true;
    });
    if (machine.unwatched_stacks() != 0) return machine.unwatched_stacks();
    EXPECT_EQ(complete, expected.traces);
    EXPECT_EQ(quiescent, expected.quiescent);
    EXPECT_EQ(violations, expected.violations);
    EXPECT_EQ(twice, 0U);
    return AgentSet{0};
  });
}

// exit() leaves main()'s frame as it is; all others may give the variable up before its use.
TEST_P(EarlyEnd, IsAFaultWhereTheVariableMayBeGone) {
  const auto result = explore(path(name()), "000000000000", {});
  const bool is_gone = GetParam().ends != 3 && (GetParam().owner != 0 || GetParam().ends != 2);
  const bool is_told = std::ranges::any_of(result.outcomes, [](const OutcomeCount& row) {
    return row.outcome.find("the function had returned") != row.outcome.npos;
  });
  EXPECT_EQ(is_told, is_gone);
  EXPECT_EQ(result.assurance, Assurance::complete);
}

std::vector<Early> all_ends() {
  std::vector<Early> all;
  for (int owner = 0; owner < 3; ++owner)
    for (int use = 0; use < 4; ++use)
      for (int ends = 0; ends < 4; ++ends) all.push_back({owner, use, ends});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Variables, EarlyEnd, testing::ValuesIn(all_ends()),
                         [](const auto& info) { return testing::PrintToString(info.param); });

std::vector<std::string> outcomes(const Result& result) {
  std::vector<std::string> seen;
  for (const auto& row : result.outcomes) seen.push_back(row.outcome);
  return seen;
}

TEST(EndOfTheProcess, EndsThoseWhoWaitForWhatItHeld) {
  const auto result = explore(path("wait_at_exit"), "000000000000", {});
  EXPECT_EQ(result.verdict, Verdict::holds);
  EXPECT_THAT(outcomes(result), UnorderedElementsAre("the process ended while threads waited"));
}

TEST(EndOfTheProcess, IsNoExcuseForThoseWhoWaitInACircle) {
  const auto result = explore(path("circle_at_exit"), "000000000000", {});
  EXPECT_EQ(result.verdict, Verdict::violated);
  EXPECT_THAT(outcomes(result),
              UnorderedElementsAre("2 of 3 threads wait for ever", "every thread finished"));
}

}  // namespace
}  // namespace minusone
