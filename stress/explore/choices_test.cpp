// Values that the search chooses: each is tried, and no verdict says more than that.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "stress/explore/explore.h"

namespace minusone {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string path(const std::string& name) {
  return MINUSONE_MODULES "/program/choices_" + name + ".so";
}
Result explored(const std::string& name, const ExploreOptions& options = {}) {
  return explore(path(name), "000000000000", options);
}
const PropertyResult& fault_of(const Result& result) {
  return *std::ranges::find(result.properties, Property::no_fault, &PropertyResult::property);
}

TEST(Choices, AreTriedEachOnce) {
  for (const auto& [name, executions] : {std::pair{"each_value", 4U}, {"both_of_two", 2U}}) {
    const auto result = explored(name);
    EXPECT_EQ(result.verdict, Verdict::holds) << name;
    EXPECT_EQ(result.assurance, Assurance::complete) << name;
    EXPECT_EQ(result.executions.all(), executions) << name;
  }
}

TEST(Choices, StandInTheTraceAndInTheScheduleThatReplays) {
  const auto result = explored("fails_at_one");
  EXPECT_EQ(result.verdict, Verdict::violated);
  EXPECT_EQ(result.executions.violating, 1U);
  EXPECT_EQ(result.executions.all(), 4U);
  const auto& fault = fault_of(result);
  EXPECT_THAT(fault.schedule, HasSubstr(":t0-chooses-1-3:"));
  EXPECT_THAT(fault.trace, Contains(HasSubstr("chooses 3")));
  const auto replayed = replay(path("fails_at_one"), parse_schedule(fault.schedule));
  EXPECT_EQ(replayed.steps, fault.steps);
  EXPECT_THAT(replayed.violation, HasSubstr("an assertion failed"));
}

// Else what a fault, or a choice, leads others to would be left out.
TEST(Choices, AreMetWhicheverOthersLedThere) {
  EXPECT_EQ(explored("one_leads_to_another").verdict, Verdict::violated);
  ExploreOptions options;
  options.strategy.faults.eintr = 1;
  EXPECT_EQ(explored("one_eintr_leads_to_another", options).verdict, Verdict::holds);
  options.strategy.faults.eintr = 2;
  const auto result = explored("one_eintr_leads_to_another", options);
  EXPECT_EQ(result.verdict, Verdict::violated);
  EXPECT_THAT(fault_of(result).schedule, HasSubstr("t0-eintr-1+t1-eintr-1"));
}

TEST(Choices, AmongNumbersThatNothingDeterminesAreBounded) {
  const auto result = explored("numbers");
  EXPECT_EQ(result.verdict, Verdict::holds);
  EXPECT_EQ(result.assurance, Assurance::bounded);
  EXPECT_EQ(result.executions.all(), 3U);
  EXPECT_THAT(result.limits, Contains(HasSubstr("were -1 to 1 (--nondet)")));
  ExploreOptions options;
  options.chosen = {.least = -2, .most = 2};
  EXPECT_EQ(explored("numbers", options).executions.violating, 1U);
  EXPECT_EQ(explored("no_number_below_zero", options).executions.all(), 3U);
}

TEST(Choices, OfRandAreMadeOnlyWhereAsked) {
  EXPECT_EQ(explored("of_rand").executions.all(), 1U);
  ExploreOptions options;
  options.chosen.of_rand = 3;
  const auto result = explored("of_rand", options);
  EXPECT_EQ(result.executions.all(), 3U);
  EXPECT_EQ(result.executions.violating, 1U);
  EXPECT_THAT(result.limits, Contains(HasSubstr("rand() came to 0 to 2 (--choose-rand)")));
}

TEST(Choices, MayBeManyInOneExecution) {
  EXPECT_EQ(explored("many").executions.violating, 1U);
  ExploreOptions options;
  options.max_steps = 100;
  const auto endless = explored("endless", options);
  EXPECT_EQ(endless.verdict, Verdict::inconclusive);
  EXPECT_THAT(endless.limits, Contains(HasSubstr("after 100 steps (--max-steps)")));
}

TEST(Choices, AmongNoneAreAFaultAndAmongTooManyAreRefused) {
  EXPECT_THAT(fault_of(explored("none")).trace, Contains(HasSubstr("among no values")));
  EXPECT_THROW(explored("too_many"), NotModelled);
}

TEST(Choices, AreFoundBySamplersToo) {
  ExploreOptions options;
  options.strategy = *parse_strategy("random");
  options.executions = 10;
  EXPECT_EQ(explored("fails_at_one", options).verdict, Verdict::violated);
}

}  // namespace
}  // namespace minusone
