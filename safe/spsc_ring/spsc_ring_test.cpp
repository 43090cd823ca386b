#include "safe/spsc_ring/spsc_ring.cpp"

#include <gtest/gtest.h>

#include <string_view>

#include "protocol/testing/child.h"
#include "protocol/testing/instance.h"
#include "safe/channel_law.h"

namespace minusone {
namespace {

const Protocol& protocol() { return *minusone_protocol(); }

TEST(SpscRing, IsABoundedQueue) { expect_bounded_queue(protocol()); }
TEST(SpscRing, RespectsTheReadersRoom) { expect_room_to_be_respected(protocol()); }
TEST(SpscRing, KeepsDeadlines) { expect_deadlines_to_be_kept(protocol()); }

TEST(SpscRing, GoesOnWhenItsIndicesWrapAround) {
  const Instance instance(protocol());
  auto& ring = instance.as<SpscRing>();
  ring.head = ring.tail = ~0U - 1;
  std::size_t size = 0;
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(ring.write(reinterpret_cast<const char*>(&i), sizeof i, nullptr));
    int got = -1;
    ASSERT_TRUE(ring.read(reinterpret_cast<char*>(&got), sizeof got, size, nullptr));
    EXPECT_EQ(got, i);
  }
  EXPECT_LT(ring.head, 8U);
}

TEST(SpscRing, HoldsWhatAWriterLeftWhoDiedInItsNextCopy) {
  const Instance instance(protocol());
  auto& ring = instance.as<SpscRing>();
  dies_after([&] {
    ring.write("whole", 5, nullptr);
    std::memcpy(ring.ring[1].text, "half", 4);
  });
  std::size_t size = 0;
  char room[8];
  ASSERT_TRUE(ring.read(room, sizeof room, size, nullptr));
  EXPECT_EQ(std::string_view(room, size), "whole");
  const timespec past{0, 0};
  EXPECT_FALSE(ring.read(room, sizeof room, size, &past));
}

}  // namespace
}  // namespace minusone
