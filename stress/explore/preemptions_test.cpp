// Bounded preemptions on a protocol's own code.
#include <gtest/gtest.h>

#include "stress/search/interleavings.h"
#include "stress/search/testing/every_schedule.h"
#include "stress/subjects/channel_machine.h"

namespace minusone {
namespace {

// The counter's readers need one preemption, between check and subtraction, and no more.
TEST(Interleavings, OfTheCounterEndBelowZeroWithOnePreemptionButNotWithNone) {
  ChannelMachine machine(MINUSONE_MODULES "/naive/counter/traced.so", {.writers = 1, .readers = 2});
  const EverySchedule every(machine);
  for (const int bound : {0, 1, 2}) {
    bool below_zero = false;
    const auto counts = Interleavings(machine, {}, bound).run([&](const Execution&) {
      below_zero |= machine.word() == -1;
      return true;
    });
    EXPECT_EQ(counts.executions(), every.count(bound)) << bound;
    EXPECT_EQ(below_zero, bound > 0) << bound;
  }
}

}  // namespace
}  // namespace minusone
