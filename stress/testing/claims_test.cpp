// Every claim of every protocol, held against real processes: what it breaks is shown to break,
// what it keeps is not seen to break. Which protocols there are is found at run time.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "stress/native/engine.h"
#include "stress/testing/claim_cases.h"

namespace minusone {
namespace {

std::vector<ClaimCase> claims_to_run() {
  auto claims = all_claims();
  // Order between accesses is ThreadSanitizer's to judge (tsan_test), and what a machine may show
  // once in a million rounds, or never, is the explorer's (weak_claims_test).
  std::erase_if(claims, [](const ClaimCase& c) {
    return c.claim.property == Property::no_data_race || c.claim.memory != MemoryModel::sc;
  });
  if (!MINUSONE_SANITIZED) return claims;
  // What is broken shows after some rounds or many, which slow ones are no use for.
  std::erase_if(claims, [](const ClaimCase& c) { return !c.claim.keeps; });
  return one_of_each_kind(std::move(claims));
}

// Without this a build whose modules are not found would pass with no claim held at all.
TEST(AllClaims, AreThoseOfEveryProtocol) { EXPECT_GE(protocol_names().size(), 19u); }

std::uint64_t violations(const Result& result, Property property) {
  const auto found = std::ranges::find(result.properties, property, &PropertyResult::property);
  return found == result.properties.end() ? 0 : found->count;
}

StressOptions options(const Workload& workload, bool widened, std::uint64_t seed,
                      std::uint64_t rounds) {
  StressOptions options;
  options.workload = workload;
  options.place = widened ? Place::same : Place::free;
  options.widen.by = widened ? Widen::By::yield : Widen::By::none;
  options.segment = SegmentKind::memfd;
  options.rounds = rounds;
  options.time_limit = std::chrono::minutes(1);
  options.seed = seed;
  return options;
}

std::uint64_t violations(const ClaimCase& c, const StressOptions& options) {
  return violations(stress(Module::load(c.protocol, module_kind(options)), options),
                    c.claim.property);
}

class Claims : public testing::TestWithParam<ClaimCase> {};

TEST_P(Claims, HoldOfRealProcesses) {
  const ClaimCase& c = GetParam();
  if (!c.claim.keeps) {
    // Until it shows: a few rounds with a fresh seed, widened on one CPU and as it is, in turn.
    for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
      if (violations(c, options(c.claim.shown_by, seed % 2 == 1, seed, 6)) > 0) return;
    }
    FAIL() << c.protocol << " was not seen to break " << name_of(c.claim.property);
  }
  const auto module = Module::load(c.protocol, ModuleKind::native);
  const int most_writers = module.protocol().max_writers == 0 ? 2 : module.protocol().max_writers;
  const int most_readers = module.protocol().max_readers == 0 ? 2 : module.protocol().max_readers;
  for (const bool widened : {true, false}) {
    for (const std::size_t text : {std::size_t{1}, std::size_t{2048}}) {
      Workload workload{
          .writers = most_writers, .readers = most_readers, .messages = 3, .text = text};
      if (c.claim.property == Property::survives_death) workload.death = Death::any;
      auto run = options(workload, widened, 7, MINUSONE_SANITIZED ? 10 : 40);
      const auto result = stress(Module::load(c.protocol, module_kind(run)), run);
      EXPECT_NE(result.verdict, Verdict::inconclusive);
      EXPECT_EQ(violations(result, c.claim.property), 0U)
          << command_line(c.protocol, run) << "\nbreaks " << name_of(c.claim.property);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Protocols, Claims, testing::ValuesIn(claims_to_run()),
                         [](const auto& info) { return name_of(info.param); });

TEST(Descriptions, ClaimEachPropertyOnce) {
  for (const auto& name : protocol_names()) {
    const auto module = Module::load(name, ModuleKind::native);
    for (const Property property : all_properties) {
      EXPECT_EQ(std::ranges::count(module.protocol().claims, property, &Claim::property), 1)
          << name << " on " << name_of(property);
    }
  }
}

TEST(Descriptions, BreakEachPropertySomewhere) {
  const auto claims = all_claims();
  for (const Property property : all_properties) {
    EXPECT_TRUE(std::ranges::any_of(claims, [&](const ClaimCase& c) {
      return c.claim.property == property && !c.claim.keeps;
    })) << name_of(property);
  }
}

TEST(Descriptions, GradeEveryOutcomeByAPatternThatParses) {
  for (const auto& name : protocol_names()) {
    const auto module = Module::load(name, ModuleKind::native);
    const auto& protocol = module.protocol();
    EXPECT_EQ(protocol.name, name);
    EXPECT_TRUE(std::ranges::any_of(protocol.outcomes, [&](const GradedOutcome& row) {
      return matches(row.pattern, {.word = 99, .lost = 9, .torn = 9}, protocol.word.name);
    })) << name;
  }
}

}  // namespace
}  // namespace minusone
