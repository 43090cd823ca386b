// The explorer held against mistakes that are known: each mutant of a safe protocol is found by the
// property that it breaks, and the protocol without the mistake is not found guilty with the same
// workload. The mutants stand in CMakeLists.txt.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "stress/explore/explore.h"

namespace minusone {
namespace {

struct Mutant {
  std::string name;
  std::string protocol;
  Property property;
  std::string workload;
  std::string why;
};
void PrintTo(const Mutant& mutant, std::ostream* out) { *out << mutant.why; }

#include "table.inc"

Result explored(const std::string& module, const std::string& workload) {
  ExploreOptions options;
  options.workload = parse_schedule("0:" + workload + "8b:").workload;
  options.shrinks = false;
  options.executions = 20'000;
  return explore(module, "0", options);
}

std::string module_of(const std::string& name) {
  return MINUSONE_MODULES "/" + name + "/traced.so";
}

class Mutants : public testing::TestWithParam<Mutant> {};

TEST_P(Mutants, IsFoundByItsPropertyAndReplays) {
  const Mutant& mutant = GetParam();
  const auto module = module_of("mutant/" + mutant.name);
  const auto result = explored(module, mutant.workload);
  EXPECT_EQ(result.verdict, Verdict::violated);
  const auto& found =
      *std::ranges::find(result.properties, mutant.property, &PropertyResult::property);
  ASSERT_GT(found.count, 0U) << name_of(mutant.property) << " does not find it: " << mutant.why;
  const auto replayed = replay(module, parse_schedule(found.schedule));
  EXPECT_EQ(replayed.steps, found.steps);
  EXPECT_EQ(
      std::ranges::find(replayed.result.properties, mutant.property, &PropertyResult::property)
          ->verdict,
      Verdict::violated)
      << found.schedule;
}

INSTANTIATE_TEST_SUITE_P(Safe, Mutants, testing::ValuesIn(mutants),
                         [](const auto& info) { return info.param.name; });

/// Protocols with the workloads that find their mutants.
std::vector<std::pair<std::string, std::string>> originals() {
  std::set<std::pair<std::string, std::string>> all;
  for (const Mutant& mutant : mutants) all.insert({mutant.protocol, mutant.workload});
  return {all.begin(), all.end()};
}

class Originals : public testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(Originals, HaveNoFindingWithTheMutantsWorkload) {
  const auto& [protocol, workload] = GetParam();
  const auto result = explored(module_of("safe/" + protocol), workload);
  EXPECT_EQ(result.executions.violating, 0U);
  // Four agents on one futex word have millions of executions: as many as the mutant is given.
  const bool is_large = protocol == "futex_slot" && workload == "2w2r1m";
  EXPECT_EQ(result.verdict, is_large ? Verdict::inconclusive : Verdict::holds);
  EXPECT_EQ(result.assurance, is_large ? Assurance::bounded : Assurance::complete);
}

INSTANTIATE_TEST_SUITE_P(Safe, Originals, testing::ValuesIn(originals()), [](const auto& info) {
  return info.param.first + "_" + info.param.second;
});

TEST(MutantsTable, FitsTheSources) {
  EXPECT_THAT(stale, testing::IsEmpty()) << "their text is not in the protocol's source, or twice";
  EXPECT_GE(mutants.size(), 25U);
}

TEST(MutantsTable, HasOneForEachProperty) {
  std::set<Property> broken;
  for (const Mutant& mutant : mutants) broken.insert(mutant.property);
  for (const Property property : all_properties) {
    // Deaths are not explored yet.
    EXPECT_EQ(broken.contains(property), property != Property::survives_death) << name_of(property);
  }
  EXPECT_TRUE(broken.contains(Property::linearizable));
  EXPECT_TRUE(broken.contains(Property::no_fault));
}

}  // namespace
}  // namespace minusone
