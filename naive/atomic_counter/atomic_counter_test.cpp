#include "naive/atomic_counter/atomic_counter.cpp"

#include <gtest/gtest.h>

#include "protocol/testing/instance.h"

namespace {

TEST(AtomicCounter, HandsOneMessageOverWhenTwoTakeTurns) {
  const minusone::Instance instance(*minusone_protocol());
  auto& counter = instance.as<AtomicCounter>();
  char room[6] = {};
  for (const char* text : {"hello", "world"}) {
    counter.write(text, 6);
    EXPECT_EQ(counter.written, 1);
    counter.read(room, sizeof room);
    EXPECT_STREQ(room, text);
    EXPECT_EQ(counter.written, 0);
  }
}

TEST(AtomicCounter, HandsTheSameMessageOutTwiceAtTwo) {
  const minusone::Instance instance(*minusone_protocol());
  auto& counter = instance.as<AtomicCounter>();
  counter.write("twice", 6);
  counter.written = 2;  // as after two writers that passed the check together
  for (int i = 0; i < 2; ++i) {
    char room[6] = {};
    counter.read(room, sizeof room);
    EXPECT_STREQ(room, "twice");
  }
  EXPECT_EQ(counter.written, 0);
}

TEST(AtomicCounter, RunsAwayBelowZero) {
  const minusone::Instance instance(*minusone_protocol());
  auto& counter = instance.as<AtomicCounter>();
  counter.write("old", 4);
  counter.written = -1;  // as after two readers that passed the check together
  char room[4];
  for (int i = 0; i < 10; ++i) counter.read(room, sizeof room);
  EXPECT_EQ(counter.written, -11) << "ten messages of none, and no writer will ever see 0";
}

}  // namespace
