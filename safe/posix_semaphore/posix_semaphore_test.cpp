#include "safe/posix_semaphore/posix_semaphore.cpp"

#include <gtest/gtest.h>

#include "protocol/testing/child.h"
#include "protocol/testing/instance.h"
#include "safe/channel_law.h"

namespace minusone {
namespace {

const Protocol& protocol() { return *minusone_protocol(); }

TEST(PosixSemaphore, IsABoundedQueue) { expect_bounded_queue(protocol()); }
TEST(PosixSemaphore, RespectsTheReadersRoom) { expect_room_to_be_respected(protocol()); }
TEST(PosixSemaphore, KeepsDeadlines) { expect_deadlines_to_be_kept(protocol()); }

TEST(PosixSemaphore, StaysTakenWhenItsHolderDies) {
  const Instance instance(protocol());
  auto& channel = instance.as<PosixSemaphore>();
  dies_after([&] { channel.take(channel.empty, nullptr); });
  const timespec past{0, 0};
  EXPECT_FALSE(channel.write("x", 1, &past));
}

TEST(PosixSemaphore, NeverCountsBeyondOne) {
  const Instance instance(protocol());
  auto& channel = instance.as<PosixSemaphore>();
  std::size_t size = 0;
  char room[8];
  for (int i = 0; i < 100; ++i) {
    int empty, full;
    channel.write("x", 1, nullptr);
    sem_getvalue(&channel.empty, &empty);
    sem_getvalue(&channel.full, &full);
    EXPECT_EQ(empty, 0);
    EXPECT_EQ(full, 1);
    channel.read(room, sizeof room, size, nullptr);
  }
}

}  // namespace
}  // namespace minusone
