// Bounded preemptions, held against every schedule, one by one.
#include "stress/search/interleavings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "stress/machine/testing/brute_force.h"
#include "stress/search/dpor.h"
#include "stress/search/testing/every_schedule.h"
#include "stress/search/testing/script_machine.h"

namespace minusone {
namespace {

TEST(Interleavings, AreAllScheduledUpToTheBoundAndNoOther) {
  std::mt19937 random(1);
  for (int i = 0; i < 100; ++i) {
    ScriptMachine machine(random_program(random));
    const EverySchedule every(machine);
    for (int bound = 0; bound <= every.most() + 1; ++bound) {
      std::set<std::string> traces;
      Interleavings search(machine, {}, bound);
      const auto counts = search.run([&](const Execution& execution) {
        traces.insert(canonical(execution.steps));
        return true;
      });
      ASSERT_EQ(traces, every.traces(bound)) << "program " << i << ", bound " << bound;
      ASSERT_EQ(counts.executions(), every.count(bound)) << "program " << i << ", bound " << bound;
      ASSERT_TRUE(counts.exhausted);
      // What left nothing out says so, and what left something out says that.
      const bool left_out = bound < every.most();
      ASSERT_EQ(search.assurance(), left_out ? Assurance::bounded : Assurance::complete);
      ASSERT_EQ(search.limits().empty(), !left_out);
    }
  }
}

TEST(Interleavings, WithoutBoundHaveTheTracesOfTheReducedSearch) {
  std::mt19937 random(2);
  for (int i = 0; i < 200; ++i) {
    ScriptMachine machine(random_program(random));
    std::set<std::string> all, reduced;
    Interleavings(machine, {}, 1000).run([&](const Execution& execution) {
      all.insert(canonical(execution.steps));
      return true;
    });
    Dpor(machine, {}).run([&](const Execution& execution) {
      reduced.insert(canonical(execution.steps));
      return true;
    });
    ASSERT_EQ(all, reduced) << "program " << i;
  }
}

}  // namespace
}  // namespace minusone
