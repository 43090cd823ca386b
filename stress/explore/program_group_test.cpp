// Several whole programs: who waits for ever is stuck, whether programs pass lines on or not, and
// beside a dead one that is what the death left.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>

#include "stress/explore/explore.h"

namespace minusone {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

ProgramSpec program(const std::string& file, const std::string& name,
                    std::vector<std::string> input = {}) {
  return {MINUSONE_MODULES "/program/" + file + ".so", name, std::move(input)};
}

Result explored(const std::vector<ProgramSpec>& programs, int deaths = 0) {
  ExploreOptions options;
  options.programs = programs;
  options.strategy.faults = {.deaths = deaths, .mortals = deaths > 0 ? Death::any : Death::none};
  return explore("", "000000000000", options);
}

Result two_of(const std::string& file, int deaths = 0) {
  return explored({program(file, "one"), program(file, "two")}, deaths);
}

std::uint64_t broken(const Result& result, Property property) {
  const auto found = std::ranges::find(result.properties, property, &PropertyResult::property);
  return found == result.properties.end() ? 0 : found->count;
}

std::vector<std::string> outcomes(const Result& result) {
  std::vector<std::string> seen;
  for (const auto& row : result.outcomes) seen.push_back(row.outcome);
  return seen;
}

TEST(ProgramGroup, OfTwoThatTakeTwoSemaphoresInOppositeOrderIsStuck) {
  const auto wrong = explored({program("group_first_0", "one"), program("group_first_1", "two")});
  EXPECT_EQ(wrong.verdict, Verdict::violated);
  EXPECT_GT(broken(wrong, Property::no_deadlock), 0U);
  EXPECT_THAT(outcomes(wrong), Contains("2 of 2 programs wait for ever"));
  const auto right =
      explored({program("group_first_0", "one"), program("group_same_order", "two")});
  EXPECT_EQ(right.verdict, Verdict::holds);
  EXPECT_EQ(right.assurance, Assurance::complete);
  EXPECT_THAT(outcomes(right), ElementsAre("every program ended"));
}

TEST(ProgramGroup, ThatWaitsForWhatNobodyWritesIsStuck) {
  const auto result = two_of("group_never_written");
  EXPECT_EQ(result.verdict, Verdict::violated);
  EXPECT_EQ(result.executions.violating, result.executions.all());
  EXPECT_THAT(outcomes(result), ElementsAre("2 of 2 programs wait for ever"));
  EXPECT_THAT(std::ranges::find(result.properties, Property::no_deadlock, &PropertyResult::property)
                  ->trace.back(),
              HasSubstr("two waits at group_waits.c:"));
}

// That it never ends is not proved: no verdict.
TEST(ProgramGroup, ThatWaitsInALoopThatCountsIsNotKnown) {
  EXPECT_EQ(two_of("group_counts").verdict, Verdict::inconclusive);
}

TEST(ProgramGroup, ThatReadsNoLinesIsNotJudgedByLines) {
  const auto result = two_of("group_spins");
  EXPECT_EQ(result.verdict, Verdict::holds);
  for (const auto& property : result.properties) EXPECT_NE(property.property, Property::no_loss);
}

struct Dying {
  const char* program;
  bool survives;
};

void PrintTo(const Dying& dying, std::ostream* out) { *out << dying.program; }
class ProgramGroupDeath : public testing::TestWithParam<Dying> {};

TEST_P(ProgramGroupDeath, LeavesTheOthersStuckUnlessItIsUndone) {
  const auto& [file, survives] = GetParam();
  EXPECT_EQ(two_of(file).verdict, Verdict::holds);
  const auto result = two_of(file, 1);
  EXPECT_EQ(result.verdict, survives ? Verdict::holds : Verdict::violated);
  EXPECT_EQ(broken(result, Property::survives_death) == 0, survives);
  EXPECT_EQ(broken(result, Property::no_deadlock), 0U);
  EXPECT_EQ(std::ranges::any_of(result.deaths,
                                [](const DeathPoint& point) { return !point.waiting.empty(); }),
            !survives);
}

INSTANTIATE_TEST_SUITE_P(Programs, ProgramGroupDeath,
                         testing::Values(Dying{"group_spins", false},
                                         Dying{"group_without_undo", false},
                                         Dying{"group_publishes", false},
                                         Dying{"group_adds", true}),
                         [](const auto& info) { return std::string(info.param.program); });

TEST(ProgramGroup, WaitsRightlyForInputAndForWhoeverWaitsForIt) {
  const auto open =
      explored({program("group_sends", "sender", {"one"}), program("group_receives", "receiver")});
  EXPECT_EQ(open.verdict, Verdict::holds);
  EXPECT_EQ(open.executions.stuck_rightly, open.executions.all());
  const auto closed = explored(
      {program("group_sends", "sender", {"one", "end"}), program("group_receives", "receiver")});
  EXPECT_EQ(closed.verdict, Verdict::holds);
  EXPECT_EQ(closed.executions.complete, closed.executions.all());
}

// Whoever waits for input has no part in what they wait for.
TEST(ProgramGroup, IsStuckBesideOneThatWaitsForInput) {
  const auto result =
      explored({program("group_sends", "sender", {"one"}), program("group_receives", "receiver"),
                program("group_never_written", "waiter")});
  EXPECT_EQ(result.verdict, Verdict::violated);
  EXPECT_GT(broken(result, Property::no_deadlock), 0U);
}

// What it changed once, before it read a line, it does not change again for another line.
TEST(ProgramGroup, IsStuckWhereOnlyTheStartOfOneThatWaitsForInputChangedWhatItWaitsFor) {
  const auto result =
      explored({program("group_starts", "sender", {"one"}), program("group_receives", "receiver"),
                program("group_awaits", "waiter")});
  EXPECT_EQ(result.verdict, Verdict::violated);
  EXPECT_GT(broken(result, Property::no_deadlock), 0U);
}

}  // namespace
}  // namespace minusone
