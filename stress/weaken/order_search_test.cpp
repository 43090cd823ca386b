// Which orders are needed, held against what is known, against schedules and against the compiler.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "stress/explore/explore.h"
#include "stress/weaken/orders_report.h"

namespace minusone {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

OrderSearchOptions options_for(const std::string& module, std::vector<std::string> arguments = {}) {
  OrderSearchOptions options;
  options.source = module;
  options.module = MINUSONE_MODULES "/" + module + ".so";
  options.explore.arguments = std::move(arguments);
  options.workloads.push_back({.name = "", .options = "", .workload = {}});
  options.build = [](const auto&) { return "000000000000"; };
  return options;
}

OrdersReport searched(const std::string& program, std::vector<std::string> arguments = {}) {
  return find_orders(options_for("program/" + program, std::move(arguments)));
}

const OrderFinding& found(const OrdersReport& report, OrderUse use) {
  const auto at = std::ranges::find_if(
      report.places, [&](const OrderFinding& finding) { return finding.place.use == use; });
  EXPECT_NE(at, report.places.end()) << name_of(use);
  return *at;
}

std::shared_ptr<OrderPlaces> changed(const std::vector<std::string>& changes) {
  std::vector<OrderChange> all;
  for (const auto& change : changes) all.push_back(*parse_order_change(change));
  return std::make_shared<OrderPlaces>(all);
}

/// Each order that was found too weak is so by a schedule that replays, and not without it.
void expect_proofs(const OrderSearchOptions& options, const OrdersReport& report) {
  for (const OrderFinding& finding : report.places) {
    for (const OrderTrial& trial : finding.trials) {
      if (trial.verdict != Verdict::violated) continue;
      ExploreOptions replaying = options.explore;
      replaying.orders = changed(trial.changes);
      const auto replayed = replay(options.module, parse_schedule(trial.schedule), replaying);
      EXPECT_EQ(replayed.result.verdict, Verdict::violated) << trial.changes.front();
      EXPECT_EQ(replayed.steps.size(), trial.steps);
    }
  }
}

TEST(Orders, OfAHandOverAreThoseThatItNeeds) {
  const auto options = options_for("program/hand_over");
  const auto report = find_orders(options);
  EXPECT_EQ(report.as_written, Verdict::holds);
  EXPECT_THAT(found(report, OrderUse::store).weakest, ElementsAre(__ATOMIC_RELEASE));
  EXPECT_THAT(found(report, OrderUse::load).weakest, ElementsAre(__ATOMIC_ACQUIRE));
  EXPECT_THAT(found(report, OrderUse::update).weakest, ElementsAre(__ATOMIC_RELAXED));
  EXPECT_THAT(found(report, OrderUse::cas).weakest, ElementsAre(__ATOMIC_RELAXED));
  EXPECT_THAT(found(report, OrderUse::failed_cas).weakest, ElementsAre(__ATOMIC_RELAXED));
  ASSERT_TRUE(report.together);
  EXPECT_EQ(report.together->verdict, Verdict::holds);
  EXPECT_THAT(report.together->changes, SizeIs(6));  // main()'s look is behind the joins
  EXPECT_THAT(report.limits, IsEmpty());
  expect_proofs(options, report);
}

TEST(Orders, AreWhatTheSourceNeedsWhenItNamesThem) {
  const auto explored = [](const std::string& program) {
    ExploreOptions options;
    options.memory = MemoryModel::rc11;
    return explore(MINUSONE_MODULES "/program/" + program + ".so", "000000000000", options);
  };
  const auto weakest = explored("hand_over_weakest");
  EXPECT_EQ(weakest.verdict, Verdict::holds);
  EXPECT_EQ(weakest.assurance, Assurance::complete);
  EXPECT_EQ(explored("hand_over_relaxed_store").verdict, Verdict::violated);
  EXPECT_EQ(explored("hand_over_relaxed_load").verdict, Verdict::violated);
  // Nothing is left to weaken.
  const auto report = searched("hand_over_weakest");
  EXPECT_THAT(found(report, OrderUse::store).weakest, IsEmpty());
  EXPECT_THAT(found(report, OrderUse::load).weakest, IsEmpty());
  EXPECT_THAT(found(report, OrderUse::update).trials, IsEmpty());
}

TEST(Orders, OfAFailedSwapAreApartFromThoseOfOneThatSucceeds) {
  const auto options = options_for("program/failed_swap");
  const auto report = find_orders(options);
  EXPECT_EQ(report.as_written, Verdict::holds);
  EXPECT_THAT(found(report, OrderUse::cas).weakest, ElementsAre(__ATOMIC_RELAXED));
  const OrderFinding& failed = found(report, OrderUse::failed_cas);
  EXPECT_THAT(failed.weakest, IsEmpty());
  ASSERT_THAT(failed.trials, SizeIs(1));
  EXPECT_EQ(failed.trials.front().verdict, Verdict::violated);
  expect_proofs(options, report);
}

TEST(Orders, OfFencesMayBeThatThereIsNone) {
  // A seqlock's two fences are needed; Dekker's is, of seq_cst.
  const auto seqlock = searched("weak_algorithms", {"2", "1"});
  EXPECT_EQ(seqlock.as_written, Verdict::holds);
  for (const OrderFinding& finding : seqlock.places) {
    if (finding.place.use == OrderUse::fence) {
      EXPECT_THAT(finding.weakest, IsEmpty());
      EXPECT_THAT(finding.trials, SizeIs(1));
    }
  }
  const auto dekker = searched("weak_algorithms", {"1", "1"});
  EXPECT_THAT(found(dekker, OrderUse::fence).weakest, IsEmpty());
  EXPECT_THAT(found(dekker, OrderUse::store).weakest, ElementsAre(__ATOMIC_RELAXED));
  EXPECT_THAT(found(dekker, OrderUse::load).weakest, ElementsAre(__ATOMIC_RELAXED));
}

TEST(Orders, ThatAreTooWeakAreMendedByTheOneThatIsMissing) {
  const auto options = options_for("program/hand_over_relaxed_store");
  const auto report = find_orders(options);
  EXPECT_EQ(report.as_written, Verdict::violated);
  ASSERT_THAT(report.mended, SizeIs(1));
  EXPECT_THAT(report.mended.front().changes, ElementsAre(HasSubstr(":store=release")));
  EXPECT_THAT(to_text(report), HasSubstr("a release store"));
}

TEST(Orders, ThatAreTooWeakAreMendedTogetherWhereNoneSufficesAlone) {
  const auto report = searched("weak_algorithms", {"0", "0"});  // Peterson's lock
  EXPECT_EQ(report.as_written, Verdict::violated);
  ASSERT_THAT(report.mended, SizeIs(1));
  EXPECT_GT(report.mended.front().changes.size(), 1U);
  for (const auto& change : report.mended.front().changes)
    EXPECT_THAT(change, HasSubstr("seq_cst"));
}

TEST(Orders, MendNothingThatIsWrongUnderAnyOrder) {
  const auto report = searched("lost_update");
  EXPECT_EQ(report.as_written, Verdict::violated);
  ASSERT_TRUE(report.strongest);
  EXPECT_EQ(report.strongest->verdict, Verdict::violated);
  EXPECT_THAT(report.mended, IsEmpty());
  EXPECT_THAT(to_text(report), HasSubstr("no order mends it"));
}

TEST(Orders, AreSaidToBeBoundedWhereAnExplorationWas) {
  auto options = options_for("program/weak_borders", {"5"});  // a loop that counts
  options.explore.fair_rounds = 4;
  const auto report = find_orders(options);
  EXPECT_EQ(report.as_written, Verdict::holds);
  EXPECT_FALSE(report.workloads.front().is_complete);
  EXPECT_THAT(to_text(report), HasSubstr(": bounded, executions of"));
}

TEST(Orders, AreNotSaidToSufficeWhereTheTimeWasNotEnough) {
  auto options = options_for("program/hand_over");
  options.time_limit = std::chrono::milliseconds(0);
  const auto report = find_orders(options);
  EXPECT_EQ(report.as_written, Verdict::inconclusive);
  EXPECT_THAT(report.places, IsEmpty());
  EXPECT_THAT(to_text(report), HasSubstr("was not reached"));
}

}  // namespace
}  // namespace minusone
