// Whole programs under every interleaving, taken one by one: slow and plain, so that it may judge
// what is faster. Traces are told apart by the order of dependent steps (Mazurkiewicz).
#include "stress/agents/program_machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace minusone {
namespace {

std::string program(const std::string& name) { return MINUSONE_MODULES "/program/" + name + ".so"; }

/// The trace's one form: of the steps that could come next, the one of the first agent.
std::string canonical(const std::vector<Step>& steps) {
  const std::size_t count = steps.size();
  std::vector<bool> done(count);
  std::string form;
  for (std::size_t taken = 0; taken < count; ++taken) {
    std::size_t best = count;
    for (std::size_t i = 0; i < count; ++i) {
      if (done[i]) continue;
      bool first = true;
      for (std::size_t j = 0; j < i && first; ++j) {
        first = done[j] || (steps[j].agent != steps[i].agent && !depend(steps[j], steps[i]));
      }
      if (first && (best == count || steps[i].agent < steps[best].agent)) best = i;
    }
    done[best] = true;
    form += static_cast<char>('a' + steps[best].agent);
  }
  return form;
}

struct Found {
  std::set<std::string> traces;  ///< of executions in which every agent finished
  std::set<std::string> violations;
};

Found explore(FiberMachine& machine) {
  struct Choice {
    std::size_t taken;
    std::size_t of;
  };
  Found found;
  std::vector<Choice> path;
  do {
    machine.reset();
    std::vector<Step> steps;
    std::size_t depth = 0;
    while (machine.violation().empty()) {
      std::vector<int> ready;
      bool finished = true;
      for (int agent = 0; agent < machine.agents(); ++agent) {
        if (machine.state(agent) != AgentState::finished) finished = false;
        if (machine.state(agent) == AgentState::ready) ready.push_back(agent);
      }
      if (ready.empty()) {
        if (finished) found.traces.insert(canonical(steps));
        break;
      }
      if (depth == path.size()) path.push_back({0, ready.size()});
      EXPECT_EQ(path[depth].of, ready.size()) << "the same schedule went another way";
      if (machine.step(ready.at(path[depth++].taken)) == Effect::stepped) {
        steps.push_back(machine.executed());
      }
    }
    if (!machine.violation().empty()) found.violations.insert(machine.violation());
    path.resize(depth);
    while (!path.empty() && path.back().taken + 1 >= path.back().of) path.pop_back();
    if (!path.empty()) ++path.back().taken;
  } while (!path.empty());
  return found;
}

TEST(ProgramMachine, TakesAsManyTracesAsArithmeticSays) {
  const struct {
    const char* name;
    std::size_t traces;
  } expected[] = {{"fetch_add", 6}, {"increment", 36}, {"ticket_lock", 6}, {"mutex_and_join", 6}};
  for (const auto& [name, traces] : expected) {
    ProgramMachine machine(program(name));
    machine.audit(true);
    const Found found = explore(machine);
    EXPECT_EQ(found.traces.size(), traces) << name;
    EXPECT_THAT(found.violations, testing::IsEmpty()) << name;
    EXPECT_GT(machine.shared_steps(), 0u);
  }
}

TEST(ProgramMachine, FindsTheFailedAssertionOfALostIncrement) {
  ProgramMachine machine(program("lost_increment"));
  EXPECT_THAT(explore(machine).violations, testing::ElementsAre("an assertion failed: word == N"));
}

TEST(ProgramMachine, TakesAFaultForAViolation) {
  ProgramMachine machine(program("null_pointer"));
  EXPECT_THAT(explore(machine).violations, testing::ElementsAre(testing::HasSubstr("SIGSEGV")));
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
