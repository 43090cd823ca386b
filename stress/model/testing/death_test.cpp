// The death of an agent, in the models as under exploration.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "stress/model/agreement.h"
#include "stress/model/testing/changed_protocol.h"

namespace minusone {
namespace {

using testing::ChangedProtocol;
using ::testing::HasSubstr;

ConformReport conform_at(const std::string& protocol, const ModelSize& size) {
  ConformOptions options;
  options.sizes = {size};
  options.walks = 10;
  options.executions = 20'000;
  options.exploration = options.verifier.time = std::chrono::hours(1);
  return conform(protocol, options);
}

std::string replaced(std::string text, const std::string& part, const std::string& by) {
  const auto at = text.find(part);
  if (at == std::string::npos) throw std::invalid_argument("there is no '" + part + "'");
  return text.replace(at, part.size(), by);
}

TEST(Death, OfAWriterAndOfAReaderAreWhatBothTogetherAre) {
  const Verifier verifier(find_model("naive/flag"), {1, 1, 1, Death::any},
                          Verifier::Order::breadth_first, {});
  const auto ends = [&](Death death) { return verifier.search({1, 1, 1, death}).ends; };
  auto each = ends(Death::writer);
  EXPECT_NE(each, ends(Death::reader));
  each.merge(ends(Death::reader));
  EXPECT_EQ(each, ends(Death::any));
}

TEST(Death, IsTakenOnTheRealCodeAsTheModelTakesIt) {
  const auto report = conform_at("safe/robust_mutex", {1, 2, 1, Death::any});
  EXPECT_EQ(report.verdict(), Verdict::holds)
      << (report.disagreements.empty() ? "" : report.disagreements[0].what);
  const auto& row = report.sizes.at(0);
  EXPECT_TRUE(row.explored_whole);
  EXPECT_EQ(row.walks, 10U);
  EXPECT_EQ(row.native_rounds, 0U);
}

TEST(Death, ThatIsNotSurvivedIsShownByAShortestTrail) {
  const auto report = conform_at("safe/posix_semaphore", {2, 1, 1, Death::any});
  ASSERT_EQ(report.breaks.size(), 1U);
  const auto& shown = report.breaks[0];
  EXPECT_EQ(shown.property, Property::survives_death);
  // It takes the semaphore, and is dead.
  EXPECT_EQ(shown.steps.size(), 2U);
  EXPECT_TRUE(shown.steps.back().dies);
  EXPECT_THAT(shown.schedule, HasSubstr("-dies-1:"));
}

TEST(Death, AfterWhichTheModelsKernelDoesNothingIsADisagreement) {
  ChangedProtocol changed("safe/robust_mutex");
  changed.set_model(replaced(changed.model(), "owner = NOBODY; owner_died = 1", "skip"));
  const auto report = conform_at("safe/robust_mutex", {2, 1, 1, Death::writer});
  EXPECT_EQ(report.verdict(), Verdict::violated);
}

TEST(Death, OfWhichTheCodesKernelIsNotToldIsADisagreement) {
  ChangedProtocol changed("safe/sysv_semaphore");
  auto code = replaced(changed.code(), "{from, -1, SEM_UNDO}", "{from, -1, 0}");
  changed.set_code(replaced(code, "{from, +1, SEM_UNDO}", "{from, +1, 0}"));
  EXPECT_EQ(conform_at("safe/sysv_semaphore", {2, 1, 1, Death::none}).verdict(), Verdict::holds);
  EXPECT_EQ(conform_at("safe/sysv_semaphore", {2, 1, 1, Death::any}).verdict(), Verdict::violated);
}

}  // namespace
}  // namespace minusone
