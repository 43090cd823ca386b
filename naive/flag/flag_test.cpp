#include "naive/flag/flag.cpp"

#include <gtest/gtest.h>

#include "protocol/testing/instance.h"

namespace {

TEST(Flag, HandsOneMessageOverWhenTwoTakeTurns) {
  const minusone::Instance instance(*minusone_protocol());
  auto& flag = instance.as<Flag>();
  char room[6] = {};
  for (const char* text : {"hello", "world"}) {
    flag.write(text, 6);
    EXPECT_EQ(flag.written, 1);
    flag.read(room, sizeof room);
    EXPECT_STREQ(room, text);
    EXPECT_EQ(flag.written, 0);
  }
}

TEST(Flag, DoesNotKnowHowLongItsMessageIs) {
  const minusone::Instance instance(*minusone_protocol());
  auto& flag = instance.as<Flag>();
  flag.write("hi", 2);
  char room[100];
  EXPECT_EQ(flag.read(room, sizeof room), sizeof room) << "whatever was asked for";
}

TEST(Flag, TakesAnyOtherValueForAMessage) {
  const minusone::Instance instance(*minusone_protocol());
  auto& flag = instance.as<Flag>();
  flag.written = -1;
  char room[1];
  EXPECT_EQ(flag.read(room, 1), 1U);
  EXPECT_EQ(flag.written, 0);
}

}  // namespace
