#include "safe/peterson/peterson.cpp"

#include <gtest/gtest.h>

#include "protocol/testing/instance.h"
#include "safe/channel_law.h"

namespace minusone {
namespace {

const Protocol& protocol() { return *minusone_protocol(); }

TEST(Peterson, IsABoundedQueue) { expect_bounded_queue(protocol()); }
TEST(Peterson, RespectsTheReadersRoom) { expect_room_to_be_respected(protocol()); }
TEST(Peterson, KeepsDeadlines) { expect_deadlines_to_be_kept(protocol()); }

TEST(Peterson, GivesUpAtItsDeadlineWhereTheOtherHoldsTheLock) {
  const Instance instance(protocol());
  auto& buffer = instance.as<Peterson>();
  const timespec past{0, 0};
  char room[8];
  std::size_t size = 0;
  ASSERT_TRUE(buffer.write("x", 1, nullptr));
  ASSERT_TRUE(buffer.lock(Peterson::writer, nullptr));
  EXPECT_FALSE(buffer.read(room, sizeof room, size, &past));
  EXPECT_EQ(buffer.wants[Peterson::reader], 0) << "it wants no more";
  buffer.unlock(Peterson::writer);
  ASSERT_TRUE(buffer.read(room, sizeof room, size, nullptr)) << "nothing was taken before";
  EXPECT_EQ(room[0], 'x');
}

TEST(Peterson, WhoAsksLastWaits) {
  const Instance instance(protocol());
  auto& buffer = instance.as<Peterson>();
  const timespec past{0, 0};
  buffer.wants[Peterson::reader] = 1;  // who has not come to say whose turn it is
  EXPECT_FALSE(buffer.lock(Peterson::writer, &past));
  EXPECT_EQ(buffer.turn, Peterson::reader);
  EXPECT_TRUE(buffer.lock(Peterson::reader, &past)) << "nobody else wants";
}

}  // namespace
}  // namespace minusone
