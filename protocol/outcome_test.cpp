#include "protocol/outcome.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace minusone {
namespace {

TEST(Outcome, HasOneFixedForm) {
  EXPECT_EQ(to_string({.word = -1, .duplicated = 1}, "written"),
            "written = -1, lost 0, duplicated 1, torn 0");
  EXPECT_EQ(to_string({.lost = 2, .reordered = 1, .stuck = 3}, ""),
            "lost 2, duplicated 0, torn 0, reordered 1, stuck 3");
}

TEST(OutcomePattern, ComparesEachFieldItNames) {
  const Outcome outcome{.word = -2, .lost = 1};
  EXPECT_TRUE(matches("written = -2", outcome, "written"));
  EXPECT_TRUE(matches("written < 0, lost > 0, torn 0", outcome, "written"));
  EXPECT_FALSE(matches("written < 0, lost 0", outcome, "written"));
  EXPECT_FALSE(matches("stuck > 0", outcome, "written"));
}

TEST(OutcomePattern, OfTheOwnFormMatchesItsOutcome) {
  const Outcome outcome{
      .word = 1, .lost = 1, .duplicated = 2, .torn = 3, .reordered = 4, .stuck = 5};
  EXPECT_TRUE(matches(to_string(outcome, "written"), outcome, "written"));
}

TEST(OutcomePattern, ThatIsNotOfTheFormIsRefusedByName) {
  EXPECT_THROW(matches("lost", {}, "written"), BadPattern);
  EXPECT_THROW(matches("lost 1, gone 2", {}, "written"), BadPattern);
  EXPECT_THROW(matches("lost 1x", {}, "written"), BadPattern);
}

}  // namespace
}  // namespace minusone
