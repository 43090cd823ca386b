#include "naive/relaxed_flag/relaxed_flag.cpp"

#include <gtest/gtest.h>

#include "protocol/testing/instance.h"

namespace {

TEST(RelaxedFlag, HandsMessagesOverWhenTwoTakeTurns) {
  const minusone::Instance instance(*minusone_protocol());
  auto& flag = instance.as<RelaxedFlag>();
  for (const char* text : {"hello", "world", "longer than one word"}) {
    const std::size_t size = std::strlen(text) + 1;
    flag.write(text, size);
    EXPECT_EQ(flag.full, 1);
    char room[100];
    EXPECT_EQ(flag.read(room, sizeof room), size);
    EXPECT_STREQ(room, text);
    EXPECT_EQ(flag.full, 0);
  }
}

// What nothing rules out under C++20: the flag has come, and the words have not.
TEST(RelaxedFlag, GivesOldWordsToWhoSeesTheFlagBeforeThem) {
  const minusone::Instance instance(*minusone_protocol());
  auto& flag = instance.as<RelaxedFlag>();
  char room[8];
  flag.write("message", 8);
  flag.read(room, sizeof room);
  flag.full = 1;
  EXPECT_EQ(flag.read(room, sizeof room), 8U);
  EXPECT_STREQ(room, "message") << "once more";
}

}  // namespace
