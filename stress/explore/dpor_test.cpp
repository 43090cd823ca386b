// Exact numbers of executions, one a Mazurkiewicz trace: too few is a hole in the proof, too many a
// trace visited twice. The numbers follow from arithmetic, or were found by brute force and by
// other explorers.
#include "stress/search/dpor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <set>

#include "stress/machine/testing/brute_force.h"
#include "stress/subjects/program_machine.h"

namespace minusone {
namespace {

struct Row {
  const char* program;
  std::uint64_t complete;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.complete; }

class Counts : public testing::TestWithParam<Row> {};

TEST_P(Counts, AreExact) {
  ProgramMachine machine(std::string(MINUSONE_MODULES "/program/oracle_") + GetParam().program +
                         ".so");
  Dpor search(machine, {});
  std::string violation;
  const auto counts = search.run([&](const Execution& execution) {
    if (execution.end == End::violation && violation.empty()) violation = machine.violation();
    return true;
  });
  EXPECT_EQ(violation, "");
  EXPECT_TRUE(counts.exhausted);
  EXPECT_EQ(counts.complete, GetParam().complete);
}

INSTANTIATE_TEST_SUITE_P(
    Oracles, Counts,
    testing::Values(
        // N agents, K fetch_add each on one word: (NK)! / (K!)^N
        Row{"faa_2x6", 924}, Row{"faa_3x3", 1680}, Row{"faa_3x4", 34'650}, Row{"faa_4x2", 2520},
        Row{"faa_4x3", 369'600}, Row{"faa_8x1", 40'320}, Row{"faa_9x1", 362'880},
        // a load and a store each: (N!)^2
        Row{"increment_2", 4}, Row{"increment_3", 36}, Row{"increment_4", 576},
        // a test-and-test-and-set lock by compare-and-swap: (N!)^2
        Row{"ttas_3", 36}, Row{"ttas_4", 576}, Row{"ttascas_3", 36}, Row{"ttascas_4", 576},
        Row{"ttascas_5", 14'400},
        // a ticket lock, a mutex: N!
        Row{"ticket_4", 24}, Row{"ticket_8", 40'320}, Row{"lock_4", 24}, Row{"lock_8", 40'320},
        // n writers and n readers of a slot by mutex or compare-and-swap: (n!)^2
        Row{"mutex_2_2", 4}, Row{"mutex_5_5", 14'400}, Row{"cas_3_2", 12}, Row{"cas_5_5", 14'400},
        // the counter, W writers and R readers
        Row{"counter_1_1", 1}, Row{"counter_1_2", 4}, Row{"counter_2_1", 46},
        Row{"counter_2_2", 724}, Row{"counter_2_3", 24'576}, Row{"counter_3_2", 157'608},
        // mutual exclusion by loads and stores alone
        Row{"peterson_4", 7360}, Row{"dekker_3", 6993}),
    [](const auto& info) { return std::string(info.param.program); });

class Traces : public testing::TestWithParam<const char*> {};

TEST_P(Traces, AreThoseOfEveryInterleavingEachOnce) {
  ProgramMachine machine(std::string(MINUSONE_MODULES "/program/oracle_") + GetParam() + ".so");
  const auto expected = every_interleaving(machine).traces;
  std::set<std::string> found;
  std::uint64_t twice = 0;
  Dpor search(machine, {});
  search.run([&](const Execution& execution) {
    if (execution.end == End::complete) twice += !found.insert(canonical(execution.steps)).second;
    return true;
  });
  EXPECT_EQ(found, expected);
  EXPECT_EQ(twice, 0U);
}

INSTANTIATE_TEST_SUITE_P(Oracles, Traces,
                         testing::Values("increment_2", "increment_3", "ttas_2", "ticket_3",
                                         "lock_3", "cas_2_2", "counter_1_2", "peterson_1",
                                         "dekker_1"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace minusone
