#include "safe/seqlock/seqlock.cpp"

#include <gtest/gtest.h>

#include "protocol/testing/child.h"
#include "protocol/testing/instance.h"
#include "safe/channel_law.h"

namespace minusone {
namespace {

const Protocol& protocol() { return *minusone_protocol(); }

TEST(Seqlock, IsABoundedQueue) { expect_bounded_queue(protocol()); }
TEST(Seqlock, RespectsTheReadersRoom) { expect_room_to_be_respected(protocol()); }
TEST(Seqlock, KeepsDeadlines) { expect_deadlines_to_be_kept(protocol()); }

TEST(Seqlock, GivesNothingWhileTheWriterIsAtTheNote) {
  const Instance instance(protocol());
  auto& lock = instance.as<Seqlock>();
  dies_after([&] {
    lock.sequence = 1;
    lock.number = 1;
    lock.words[0] = 0x6c6c6568;  // "hell"
  });
  char room[8];
  std::size_t size = 0;
  const timespec past{0, 0};
  EXPECT_FALSE(lock.read(room, sizeof room, size, &past));
  EXPECT_EQ(lock.taken, 0U);
}

TEST(Seqlock, GoesOnWhenItsSequenceWrapsAround) {
  const Instance instance(protocol());
  auto& lock = instance.as<Seqlock>();
  lock.sequence = ~0U - 1;
  lock.number = lock.taken = ~0U;
  for (char text = 'a'; text < 'd'; ++text) {
    ASSERT_TRUE(lock.write(&text, 1, nullptr));
    char room = 0;
    std::size_t size = 0;
    ASSERT_TRUE(lock.read(&room, 1, size, nullptr));
    EXPECT_EQ(room, text);
  }
  EXPECT_EQ(lock.sequence, 4U);
  EXPECT_EQ(lock.number, 2U);
}

}  // namespace
}  // namespace minusone
