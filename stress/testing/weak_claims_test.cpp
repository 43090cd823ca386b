// What protocols claim to break under weak memory only: shown under the model that is named, not
// under a stronger one. What they keep they keep under the weakest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "stress/explore/explore.h"
#include "stress/modules/module.h"
#include "stress/native/weak_memory_notes.h"

namespace minusone {
namespace {

constexpr MemoryModel models[] = {MemoryModel::sc, MemoryModel::tso, MemoryModel::rc11};
constexpr int most_messages = 3;  // each: what takes more is not explored whole in a test

bool is_weak(const Claim& claim) { return !claim.keeps && claim.memory != MemoryModel::sc; }
bool is_small(const Claim& claim) { return claim.shown_by.messages <= most_messages; }

std::vector<Claim> claims_of(const std::string& name) {
  return Module::load(name, ModuleKind::native).protocol().claims;
}

std::vector<std::string> protocols_of_weak_memory() {
  auto names = protocol_names();
  std::erase_if(names,
                [](const auto& name) { return std::ranges::none_of(claims_of(name), is_weak); });
  return names;
}

Result weakly_explored(const std::string& name, const Workload& workload, MemoryModel memory,
                       int deaths = 0) {
  const auto module = Module::load(name, ModuleKind::traced);
  ExploreOptions options;
  options.workload = workload;
  options.memory = memory;
  options.strategy.faults.deaths = deaths;
  options.shrinks = false;
  return explore(module.path().string(), module.build_id(), options);
}

const PropertyResult& told_of(const Result& result, Property property) {
  return *std::ranges::find(result.properties, property, &PropertyResult::property);
}

class WeakClaims : public testing::TestWithParam<std::string> {};

TEST_P(WeakClaims, AreBrokenUnderTheirModelAndUnderNoStrongerOne) {
  const auto claims = claims_of(GetParam());
  for (int messages = 1; messages <= most_messages; ++messages) {
    const Workload workload{.writers = 1, .readers = 1, .messages = messages};
    std::vector<Claim> asked = claims;
    std::erase_if(asked, [&](const Claim& c) { return !is_weak(c) || c.shown_by != workload; });
    if (asked.empty()) continue;
    for (const auto model : models) {
      const auto result = weakly_explored(GetParam(), workload, model);
      EXPECT_EQ(result.assurance, Assurance::complete) << messages << ", " << name_of(model);
      for (const Claim& claim : asked) {
        EXPECT_EQ(told_of(result, claim.property).count > 0, model >= claim.memory)
            << name_of(claim.property) << " under " << name_of(model);
      }
    }
  }
  for (const Claim& claim : claims) {
    EXPECT_TRUE(!is_weak(claim) || !is_small(claim) ||
                claim.shown_by ==
                    (Workload{.writers = 1, .readers = 1, .messages = claim.shown_by.messages}))
        << name_of(claim.property) << " was not looked at";
  }
}

TEST_P(WeakClaims, AreKeptUnderTheWeakestModelWhereTheyAreKept) {
  const Workload one{.writers = 1, .readers = 1, .messages = 1};
  const Workload two{.writers = 1, .readers = 1, .messages = 2};
  const auto living = weakly_explored(GetParam(), two, MemoryModel::rc11);
  const auto mourning = weakly_explored(GetParam(), one, MemoryModel::rc11, 1);
  EXPECT_EQ(living.assurance, Assurance::complete);
  EXPECT_EQ(mourning.assurance, Assurance::complete);
  for (const Claim& claim : claims_of(GetParam())) {
    if (!claim.keeps) continue;
    const bool of_death = claim.property == Property::survives_death;
    const auto& told = told_of(of_death ? mourning : living, claim.property);
    EXPECT_EQ(told.count, 0U) << name_of(claim.property) << ": " << told.schedule;
  }
}

INSTANTIATE_TEST_SUITE_P(Protocols, WeakClaims, testing::ValuesIn(protocols_of_weak_memory()),
                         [](const auto& info) {
                           auto text = info.param;
                           std::ranges::replace(text, '/', '_');
                           return text;
                         });

// Five messages are too many to take every execution of. Three times both are in the section and
// the writer's count stays; each time the reader takes a message more than there is.
TEST(WeakClaimsBySchedule, AreThoseOfFiveMessages) {
  for (const auto& name : protocols_of_weak_memory()) {
    for (const Claim& claim : claims_of(name)) {
      if (!is_weak(claim) || is_small(claim)) continue;
      ASSERT_EQ(name, "naive/peterson") << "has no schedule here";
      ASSERT_EQ(claim.property, Property::no_deadlock);
    }
  }
  const std::string both_in = "w1x7.r1x7.w1~1.r1~1.w1.r1x2.w1x4.r1x3";
  const auto schedule =
      parse_schedule("b:1w1r5m8b:tso:w1x13." + both_in + ".r1x13." + both_in + ".r1x13." + both_in);
  const auto path = Module::load("naive/peterson", ModuleKind::traced).path().string();
  const auto replayed = replay(path, schedule).result;
  EXPECT_GT(told_of(replayed, Property::no_deadlock).count, 0U);
}

// What free agents were seen to do is explained; real ones show it rarely, so here none run.
TEST(WeakMemoryNotes, ExplainWhatNoInterleavingBreaks) {
  const auto module = Module::load("naive/peterson", ModuleKind::native);
  Result seen;
  seen.properties = {{.property = Property::no_loss, .count = 1},
                     {.property = Property::no_tear, .count = 0},
                     {.property = Property::survives_death, .count = 1}};
  EXPECT_THAT(weak_memory_notes(module.protocol(), seen),
              testing::ElementsAre(testing::AllOf(
                  testing::HasSubstr("no interleaving breaks no_loss"),
                  testing::HasSubstr("a processor's buffer"),
                  testing::HasSubstr("explore naive/peterson --writers 1 --readers 1 --messages 2 "
                                     "--memory tso"))));
  seen.workload.death = Death::any;  // which loses messages by itself
  EXPECT_THAT(weak_memory_notes(module.protocol(), seen), testing::IsEmpty());
}

}  // namespace
}  // namespace minusone
