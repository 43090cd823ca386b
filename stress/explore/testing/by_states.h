#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "stress/explore/explore.h"

/// For tests: the same workload, searched by executions and by states.
namespace minusone {

inline std::set<std::string> outcomes_seen(const Result& result) {
  std::set<std::string> seen;
  for (const auto& row : result.outcomes) {
    if (row.count > 0) seen.insert(row.outcome);
  }
  return seen;
}

inline Result by_states(const std::string& module, ExploreOptions options) {
  options.strategy.over_states = true;
  return explore(module, "0", options);
}

/// Whether all was looked at that the model has.
inline bool is_whole(const Result& result) { return result.assurance == Assurance::complete; }

/// An execution ends with its fault, and what others would have done behind it, or instead of it,
/// the search over executions does not look at.
inline bool has_fault(const Result& result) {
  return std::ranges::any_of(result.properties, [](const PropertyResult& property) {
    return property.property == Property::no_fault && property.verdict == Verdict::violated;
  });
}

/// What the search over states says is what the search over executions does, or that it does not
/// know; and what it says to be broken a schedule shows.
inline void expect_agreement(const std::string& module, const Result& executions,
                             const Result& states) {
  for (const PropertyResult& by_state : states.properties) {
    const auto& expected =
        *std::ranges::find(executions.properties, by_state.property, &PropertyResult::property);
    const auto name = std::string(name_of(by_state.property));
    if (by_state.verdict == Verdict::violated) {
      const auto replayed = replay(module, parse_schedule(by_state.schedule));
      const auto& shown = *std::ranges::find(replayed.result.properties, by_state.property,
                                             &PropertyResult::property);
      EXPECT_EQ(shown.verdict, Verdict::violated) << name << ": " << by_state.schedule;
      // Which operations overlap differs between the executions of one trace, of which the search
      // over executions takes one.
      if (by_state.property != Property::linearizable && is_whole(executions)) {
        EXPECT_EQ(expected.verdict, Verdict::violated) << name;
      }
    } else if (by_state.verdict == Verdict::holds) {
      EXPECT_NE(expected.verdict, Verdict::violated) << name;
    } else if (is_whole(states) && by_state.property != Property::no_data_race) {
      EXPECT_EQ(expected.verdict, Verdict::inconclusive) << name;
    }
  }
  if (!is_whole(executions) || !is_whole(states)) return;
  const auto seen = outcomes_seen(states), expected = outcomes_seen(executions);
  if (has_fault(executions)) {
    EXPECT_TRUE(std::ranges::includes(seen, expected));
  } else {
    EXPECT_EQ(seen, expected);
  }
}

}  // namespace minusone
