#include "naive/two_slots/two_slots.cpp"

#include <gtest/gtest.h>

#include "protocol/testing/instance.h"

namespace {

TEST(TwoSlots, KeepsTheOrderOfTwo) {
  const minusone::Instance instance(*minusone_protocol());
  auto& channel = instance.as<TwoSlots>();
  channel.write("1", 2);
  channel.write("2", 2);
  char room[2];
  channel.read(room, 2);
  EXPECT_STREQ(room, "1");
  channel.read(room, 2);
  EXPECT_STREQ(room, "2");
}

TEST(TwoSlots, GivesTheThirdMessageBeforeTheSecond) {
  const minusone::Instance instance(*minusone_protocol());
  auto& channel = instance.as<TwoSlots>();
  char room[2];
  channel.write("1", 2);
  channel.write("2", 2);
  channel.read(room, 2);  // slot 0 is empty again
  channel.write("3", 2);  // and is filled again
  channel.read(room, 2);
  EXPECT_STREQ(room, "3");
}

}  // namespace
