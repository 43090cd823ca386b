#include "naive/hoisted_flag/hoisted_flag.cpp"

#include <gtest/gtest.h>

#include "protocol/testing/child.h"
#include "protocol/testing/instance.h"

namespace {

constexpr int enough = 20'000;  // instructions: many times what an operation on a few bytes takes

TEST(HoistedFlag, HandsAMessageOverAsLongAsNobodyHasToWait) {
  const minusone::Instance instance(*minusone_protocol());
  auto& flag = instance.as<HoistedFlag>();
  char room[6] = {};
  for (const char* text : {"hello", "world"}) {
    flag.write(text, 6);
    flag.read(room, sizeof room);
    EXPECT_STREQ(room, text);
  }
}

TEST(HoistedFlag, GoesRoundItsLoopForEverOnceItHasToWait) {
  const minusone::Instance instance(*minusone_protocol());
  auto& flag = instance.as<HoistedFlag>();
  minusone::Child reader(
      [&] {
        char room[6];
        flag.read(room, sizeof room);
      },
      true);
  ASSERT_TRUE(reader.step(enough));
  flag.write("hello", 6);
  ASSERT_EQ(flag.written, 1);
  EXPECT_TRUE(reader.step(enough)) << "the flag is up, and it does not look";
}

}  // namespace
