#include "naive/peterson/peterson.cpp"

#include <gtest/gtest.h>

#include "protocol/testing/instance.h"

namespace {

TEST(NaivePeterson, IsAQueueOfTwoInTheHandsOfOne) {
  const minusone::Instance instance(*minusone_protocol());
  auto& buffer = instance.as<Peterson>();
  char room[2];
  for (int i = 0; i < 3; ++i) {
    buffer.write("1", 2);
    buffer.write("2", 2);
    EXPECT_EQ(buffer.count, 2);
    buffer.read(room, 2);
    EXPECT_STREQ(room, "1");
    buffer.read(room, 2);
    EXPECT_STREQ(room, "2");
    EXPECT_EQ(buffer.count, 0);
  }
}

// The store that says "I want" lies in the other's store buffer: not seen, for a while.
TEST(NaivePeterson, LetsBothInWhereNeitherSeesThatTheOtherWants) {
  const minusone::Instance instance(*minusone_protocol());
  auto& buffer = instance.as<Peterson>();
  buffer.lock(Peterson::writer);
  buffer.wants[Peterson::writer] = 0;  // as the reader sees it
  buffer.lock(Peterson::reader);
  SUCCEED() << "both are in the section";
}

}  // namespace
