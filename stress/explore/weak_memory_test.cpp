// Memory models: exact numbers of executions, what is wrong under which, and that what is safe
// holds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <string>

#include "stress/explore/explore.h"
#include "stress/explore/process_replay.h"

namespace minusone {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr MemoryModel models[] = {MemoryModel::sc, MemoryModel::tso, MemoryModel::rc11};

Result explored(const std::string& module, MemoryModel memory,
                std::vector<std::string> arguments = {}, bool by_graph = false) {
  ExploreOptions options;
  options.memory = memory;
  options.by_graph = by_graph;
  options.arguments = std::move(arguments);
  return explore(std::string(MINUSONE_MODULES) + "/" + module + ".so", "000000000000", options);
}

/// Complete executions under sc, tso and rc11, as GenMC 0.11 counts them.
struct Row {
  const char* name;
  int test;
  int order;
  std::array<std::uint64_t, 3> complete;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

class Litmus : public testing::TestWithParam<Row> {};

TEST_P(Litmus, HasAsManyExecutionsAsTheModelAllows) {
  const Row& row = GetParam();
  for (std::size_t i = 0; i < std::size(models); ++i) {
    const auto result = explored("program/litmus", models[i],
                                 {std::to_string(row.test), std::to_string(row.order)}, true);
    EXPECT_EQ(result.executions.complete, row.complete[i]) << name_of(models[i]);
    EXPECT_EQ(result.executions.all(), row.complete[i]) << name_of(models[i]);
    EXPECT_EQ(result.assurance, Assurance::complete);
    EXPECT_EQ(result.model.memory, name_of(models[i]));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Models, Litmus,
    testing::Values(
        Row{"SB_relaxed", 0, 0, {3, 4, 4}}, Row{"SB_release", 0, 1, {3, 4, 4}},
        Row{"SB_seq_cst", 0, 2, {3, 3, 3}}, Row{"MP_relaxed", 1, 0, {3, 3, 4}},
        Row{"MP_release", 1, 1, {3, 3, 3}}, Row{"MP_seq_cst", 1, 2, {3, 3, 3}},
        Row{"LB_relaxed", 2, 0, {3, 3, 3}}, Row{"LB_release", 2, 1, {3, 3, 3}},
        Row{"LB_seq_cst", 2, 2, {3, 3, 3}}, Row{"WW_relaxed", 3, 0, {3, 3, 4}},
        Row{"WW_release", 3, 1, {3, 3, 4}}, Row{"WW_seq_cst", 3, 2, {3, 3, 3}},
        Row{"IRIW_relaxed", 4, 0, {15, 15, 16}}, Row{"IRIW_release", 4, 1, {15, 15, 16}},
        Row{"IRIW_seq_cst", 4, 2, {15, 15, 15}}, Row{"CoRR_relaxed", 5, 0, {12, 12, 12}},
        Row{"CoRR_release", 5, 1, {12, 12, 12}}, Row{"CoRR_seq_cst", 5, 2, {12, 12, 12}}),
    [](const auto& info) { return std::string(info.param.name); });

/// Oracles of sequential consistency, whose accesses are relaxed or seq_cst.
struct Oracle {
  const char* program;
  std::array<std::uint64_t, 3> complete;
};

void PrintTo(const Oracle& oracle, std::ostream* out) { *out << oracle.program; }

class WeakOracles : public testing::TestWithParam<Oracle> {};

TEST_P(WeakOracles, HaveTheKnownNumbersOfExecutions) {
  for (std::size_t i = 0; i < std::size(models); ++i) {
    const auto result =
        explored(std::string("program/oracle_") + GetParam().program, models[i], {}, true);
    EXPECT_EQ(result.executions.complete, GetParam().complete[i]) << name_of(models[i]);
    EXPECT_EQ(result.assurance, Assurance::complete);
  }
  // Interleavings come to the same without a graph.
  const auto interleaved =
      explored(std::string("program/oracle_") + GetParam().program, MemoryModel::sc);
  EXPECT_EQ(interleaved.executions.complete, GetParam().complete[0]);
}

INSTANTIATE_TEST_SUITE_P(
    Models, WeakOracles,
    testing::Values(Oracle{"relaxed_1_2", {4, 4, 16}}, Oracle{"relaxed_2_1", {46, 52, 116}},
                    Oracle{"relaxed_2_2", {724, 888, 4176}}, Oracle{"counter_2_2", {724, 724, 724}},
                    Oracle{"faa_3x3", {1680, 1680, 1680}}, Oracle{"increment_3", {36, 36, 36}},
                    Oracle{"ttas_3", {36, 36, 36}}, Oracle{"ttascas_4", {576, 576, 576}},
                    Oracle{"ticket_4", {24, 24, 24}}, Oracle{"lock_4", {24, 24, 24}},
                    Oracle{"mutex_2_2", {4, 4, 4}}, Oracle{"cas_3_2", {12, 12, 12}},
                    Oracle{"peterson_1", {4, 4, 4}}, Oracle{"dekker_1", {8, 8, 8}}),
    [](const auto& info) { return std::string(info.param.program); });

/// Which models find the algorithm with an order or a fence left out to be wrong.
struct Algorithm {
  const char* name;
  int number;
  bool sc, tso, rc11;
};

void PrintTo(const Algorithm& algorithm, std::ostream* out) { *out << algorithm.name; }

class Algorithms : public testing::TestWithParam<Algorithm> {};

TEST_P(Algorithms, AreWrongWithoutTheirOrderAndHoldWithIt) {
  const auto number = std::to_string(GetParam().number);
  const bool wrong[] = {GetParam().sc, GetParam().tso, GetParam().rc11};
  for (std::size_t i = 0; i < std::size(models); ++i) {
    EXPECT_EQ(explored("program/weak_algorithms", models[i], {number, "1"}).verdict, Verdict::holds)
        << name_of(models[i]);
    EXPECT_EQ(explored("program/weak_algorithms", models[i], {number, "0"}).verdict,
              wrong[i] ? Verdict::violated : Verdict::holds)
        << name_of(models[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Algorithms,
                         testing::Values(Algorithm{"Peterson", 0, false, true, true},
                                         Algorithm{"Dekker", 1, false, true, true},
                                         Algorithm{"SeqlockWriter", 2, false, false, true},
                                         Algorithm{"SeqlockReader", 3, false, false, true},
                                         // These are races, too, which an interleaving shows.
                                         Algorithm{"DoubleCheckedLocking", 4, true, true, true},
                                         Algorithm{"Publication", 5, true, true, true},
                                         Algorithm{"TreiberStack", 6, true, true, true},
                                         Algorithm{"McsLock", 7, true, true, true},
                                         Algorithm{"ChaseLevDeque", 8, false, true, true},
                                         Algorithm{"IndependentReads", 9, false, false, true}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(WeakMemory, TellsWhatAReadDoesNotSeeAndReplaysIt) {
  ExploreOptions options;
  options.memory = MemoryModel::rc11;
  options.arguments = {"2", "0"};
  const std::string module = MINUSONE_MODULES "/program/weak_algorithms.so";
  const auto result = explore(module, "000000000000", options);
  const auto broken =
      std::ranges::find(result.properties, Verdict::violated, &PropertyResult::verdict);
  ASSERT_NE(broken, result.properties.end());
  std::vector<std::string> whys;
  for (const TraceStep& step : broken->steps) whys.push_back(step.why);
  EXPECT_THAT(whys, Contains(HasSubstr("has not reached it")));
  EXPECT_THAT(broken->schedule, HasSubstr(":rc11:"));
  options.memory = MemoryModel::sc;  // the schedule says which it is
  const auto replayed = replay(module, parse_schedule(broken->schedule), options);
  EXPECT_EQ(replayed.violation, "an assertion failed: a == b");
  EXPECT_EQ(replayed.steps, broken->steps);
}

TEST(WeakMemory, IsLookedAtWhereSequentialConsistencyIsNotAVerdictAboutCpp) {
  ExploreOptions options;
  options.memory_as_needed = true;
  const std::string module = MINUSONE_MODULES "/program/weak_algorithms.so";
  options.arguments = {"9", "0"};  // holds under sequential consistency
  const auto weaker = explore(module, "000000000000", options);
  EXPECT_EQ(weaker.model.memory, "rc11");
  EXPECT_EQ(weaker.verdict, Verdict::violated);
  EXPECT_FALSE(weaker.model.race_free);
  const auto seq_cst =
      explore(MINUSONE_MODULES "/program/oracle_faa_3x3.so", "000000000000", options);
  EXPECT_EQ(seq_cst.model.memory, "sc");
  EXPECT_TRUE(seq_cst.model.race_free);
}

// The DRF theorem does not speak of these.
TEST(WeakMemory, IsLookedAtWhereOrderIsTakenFromWhatOrdersNothing) {
  for (const char* which : {"0", "1", "2"}) {
    EXPECT_EQ(explored("program/weak_borders", MemoryModel::sc, {which}).verdict, Verdict::holds)
        << which;
    ExploreOptions options;
    options.memory_as_needed = true;
    options.arguments = {which};
    const auto result =
        explore(MINUSONE_MODULES "/program/weak_borders.so", "000000000000", options);
    EXPECT_EQ(result.model.memory, "rc11") << which;
    EXPECT_EQ(result.verdict, Verdict::violated) << which;
  }
}

// A sample proves nothing of what is no interleaving, and what the graph is not made for stays
// open.
TEST(WeakMemory, IsNotSaidToBeThatOfCppWhereNotAllWasTaken) {
  ExploreOptions options;
  options.memory_as_needed = true;
  options.arguments = {"4"};  // atomic accesses of different sizes, one relaxed
  const auto sizes = explore(MINUSONE_MODULES "/program/weak_borders.so", "000000000000", options);
  options.arguments = {};
  options.strategy = *parse_strategy("random");
  options.executions = 10;
  const auto sample =
      explore(MINUSONE_MODULES "/program/oracle_faa_3x3.so", "000000000000", options);
  for (const Result* result : {&sizes, &sample}) {
    EXPECT_EQ(result->verdict, Verdict::holds);
    EXPECT_EQ(result->model.memory, "sc");
    EXPECT_FALSE(result->model.race_free);
    EXPECT_THAT(result->notes, Contains(HasSubstr("no verdict about C++20")));
  }
}

TEST(WeakMemory, LeavesStandingWhatInterleavingsCameTo) {
  ExploreOptions options;
  options.memory_as_needed = true;
  options.executions = 1000;  // there are 724 interleavings and 4176 graphs
  const auto result =
      explore(MINUSONE_MODULES "/program/oracle_relaxed_2_2.so", "000000000000", options);
  EXPECT_EQ(result.model.memory, "rc11");
  EXPECT_EQ(result.verdict, Verdict::inconclusive);
  EXPECT_THAT(result.notes, Contains(HasSubstr("under sequential consistency it holds")));
}

TEST(WeakMemory, IsBoundedWhereARangeIsReadAtOnce) {
  const auto result = explored("program/weak_borders", MemoryModel::rc11, {"3"});
  EXPECT_EQ(result.assurance, Assurance::bounded);
  EXPECT_THAT(result.limits, Contains(HasSubstr("ranges of memory were read and written at once")));
}

TEST(WeakMemory, RefusesAtomicAccessesOfDifferentSizesAtOnePlace) {
  EXPECT_EQ(explored("program/weak_borders", MemoryModel::sc, {"4"}).verdict, Verdict::holds);
  EXPECT_THROW(explored("program/weak_borders", MemoryModel::rc11, {"4"}), NotModelled);
}

// A store is seen at last, but after how many rounds no model says.
TEST(WeakMemory, LetsNoLoopReadForEverWhatIsOld) {
  for (const auto model : {MemoryModel::tso, MemoryModel::rc11}) {
    const auto counting = explored("program/weak_borders", model, {"5"});
    EXPECT_EQ(counting.verdict, Verdict::holds) << name_of(model);
    EXPECT_EQ(counting.assurance, Assurance::bounded) << name_of(model);
    EXPECT_THAT(counting.limits, Contains(HasSubstr("--fair-rounds"))) << name_of(model);
    for (const char* which : {"6", "7"}) {
      const auto waiting = explored("program/weak_borders", model, {which});
      EXPECT_EQ(waiting.verdict, Verdict::holds) << which << " under " << name_of(model);
    }
  }
}

TEST(WeakMemory, IsBoundedWhereARaceIsAllowed) {
  ExploreOptions options;
  options.allowed_races = {"heap_race.c:9"};
  options.memory = MemoryModel::rc11;
  const auto result = explore(MINUSONE_MODULES "/program/heap_race.so", "000000000000", options);
  EXPECT_EQ(result.assurance, Assurance::bounded);
  EXPECT_THAT(result.limits, Contains(HasSubstr("taken for relaxed ones")));
}

TEST(WeakMemory, IsNotWhatRealProcessesCanBeMadeToShow) {
  const auto schedule = parse_schedule("000000000000:1w1r1m8b:tso:w1");
  EXPECT_THROW(ProcessReplay(MINUSONE_MODULES "/safe/atomic_slot/traced.so", schedule, {}),
               BadSchedule);
}

TEST(WeakMemory, RefusesByNameWhatItIsNotMadeFor) {
  ExploreOptions options;
  options.memory = MemoryModel::tso;
  options.strategy.over_states = true;
  EXPECT_THROW(explore(MINUSONE_MODULES "/program/oracle_faa_3x3.so", "000000000000", options),
               ModuleRefused);
}

/// Safe protocols, of one or two writers and readers.
struct Safe {
  const char* name;
  int writers, readers;
};

void PrintTo(const Safe& safe, std::ostream* out) { *out << safe.name; }

class SafeUnderWeakMemory : public testing::TestWithParam<Safe> {};

TEST_P(SafeUnderWeakMemory, Holds) {
  ExploreOptions options;
  options.workload.writers = GetParam().writers;
  options.workload.readers = GetParam().readers;
  for (const auto model : {MemoryModel::tso, MemoryModel::rc11}) {
    options.memory = model;
    const auto result =
        explore(std::string(MINUSONE_MODULES "/safe/") + GetParam().name + "/traced.so",
                "000000000000", options);
    EXPECT_EQ(result.verdict, Verdict::holds) << name_of(model);
    EXPECT_EQ(result.assurance, Assurance::complete) << name_of(model);
  }
}

INSTANTIATE_TEST_SUITE_P(Protocols, SafeUnderWeakMemory,
                         testing::Values(Safe{"atomic_slot", 2, 2}, Safe{"futex_slot", 1, 2},
                                         Safe{"futex_slot", 2, 1}, Safe{"posix_semaphore", 2, 2},
                                         Safe{"sysv_semaphore", 2, 2}, Safe{"robust_mutex", 2, 2},
                                         Safe{"spsc_ring", 1, 1}, Safe{"peterson", 1, 1},
                                         Safe{"seqlock", 1, 1}, Safe{"seqlock", 1, 2}),
                         [](const auto& info) {
                           return std::string(info.param.name) + "_" +
                                  std::to_string(info.param.writers) +
                                  std::to_string(info.param.readers);
                         });

}  // namespace
}  // namespace minusone
