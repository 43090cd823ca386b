#include "stress/search/state_table.h"

#include <gtest/gtest.h>

#include <random>

namespace minusone {
namespace {

TEST(StateTable, NumbersStatesInTheOrderInWhichTheyComeAndKnowsThemAgain) {
  StateTable table(std::size_t{1} << 30);
  std::mt19937_64 random(1);
  std::vector<Fingerprint> states;
  for (int i = 0; i < 100'000; ++i) states.push_back({random() % 1000, random()});
  for (std::uint32_t i = 0; i < states.size(); ++i) {
    const auto found = table.insert(states[i]);
    ASSERT_TRUE(found && found->is_new);
    ASSERT_EQ(found->number, i);
  }
  for (std::uint32_t i = 0; i < states.size(); ++i) {
    const auto found = table.insert(states[i]);
    ASSERT_TRUE(found && !found->is_new);
    ASSERT_EQ(found->number, i);
  }
  EXPECT_EQ(table.size(), states.size());
}

TEST(StateTable, TakesNoMoreThanSixtyFourBytesAState) {
  StateTable table(std::size_t{1} << 30);
  for (std::uint64_t i = 0; i < 1'000'000; ++i) {
    table.insert({i, i * 0x9e3779b97f4a7c15u});
    if (i > 5'000) {
      ASSERT_LE(table.bytes(), 64 * table.size()) << i;
    }
  }
}

TEST(StateTable, TellsStatesApartThatDifferInEitherHalf) {
  StateTable table(1 << 24);
  EXPECT_TRUE(table.insert({1, 2})->is_new);
  EXPECT_TRUE(table.insert({1, 3})->is_new);
  EXPECT_TRUE(table.insert({2, 2})->is_new);
  EXPECT_FALSE(table.insert({1, 2})->is_new);
}

TEST(StateTable, IsFullWhereItsMemoryIsUsedUpAndStillKnowsWhatItHolds) {
  StateTable table(400'000);
  std::uint64_t i = 0;
  while (table.insert({i, i * 0x9e3779b97f4a7c15u})) ++i;
  EXPECT_GT(i, 1000U);
  EXPECT_LE(table.bytes(), 400'000U);
  EXPECT_FALSE(table.insert({i, i * 0x9e3779b97f4a7c15u}));
  EXPECT_EQ(table.insert({5, 5 * 0x9e3779b97f4a7c15u})->number, 5U);
}

}  // namespace
}  // namespace minusone
