#include "safe/robust_mutex/robust_mutex.cpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string_view>

#include "protocol/testing/child.h"
#include "protocol/testing/instance.h"
#include "safe/channel_law.h"

namespace minusone {
namespace {

const Protocol& protocol() { return *minusone_protocol(); }

TEST(RobustMutex, IsABoundedQueue) { expect_bounded_queue(protocol()); }
TEST(RobustMutex, RespectsTheReadersRoom) { expect_room_to_be_respected(protocol()); }
TEST(RobustMutex, KeepsDeadlines) { expect_deadlines_to_be_kept(protocol()); }

TEST(RobustMutex, IsUnlockedByTheDeathOfItsHolder) {
  const Instance instance(protocol());
  auto& channel = instance.as<RobustMutex>();
  dies_after([&] { channel.lock(nullptr); });
  EXPECT_TRUE(channel.write("x", 1, nullptr));
}

TEST(RobustMutex, KeepsNothingOfAWriterThatDiesBeforeItIsDone) {
  const Instance instance(protocol());
  auto& channel = instance.as<RobustMutex>();
  dies_after([&] {
    channel.lock(nullptr);
    std::memcpy(channel.text, "half", 4);
  });
  const timespec past{0, 0};
  std::size_t size = 0;
  char room[8];
  EXPECT_FALSE(channel.read(room, sizeof room, size, &past));
  EXPECT_TRUE(channel.write("whole", 5, nullptr));
  EXPECT_TRUE(channel.read(room, sizeof room, size, nullptr));
  EXPECT_EQ(std::string_view(room, size), "whole");
}

TEST(RobustMutex, KeepsTheMessageOfAReaderThatDiesBeforeItIsDone) {
  const Instance instance(protocol());
  auto& channel = instance.as<RobustMutex>();
  channel.write("still here", 10, nullptr);
  dies_after([&] { channel.lock_when(1, nullptr); });
  std::size_t size = 0;
  char room[16];
  EXPECT_TRUE(channel.read(room, sizeof room, size, nullptr));
  EXPECT_EQ(std::string_view(room, size), "still here");
}

TEST(RobustMutex, WakesOneWhoMissedTheWakeUp) {
  // The holder dies between its change and the wake-up: nobody is told, and the reader comes to
  // look by itself.
  const Instance instance(protocol());
  auto& channel = instance.as<RobustMutex>();
  const pid_t reader = fork();
  if (reader == 0) {
    char room[8];
    std::size_t size = 0;
    _exit(channel.read(room, sizeof room, size, nullptr) && size == 4 ? 0 : 1);
  }
  dies_after([&] {
    channel.lock_when(0, nullptr);
    std::memcpy(channel.text, "mute", 4);
    channel.length = 4;
    channel.full = 1;
  });
  int status = -1;
  waitpid(reader, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace minusone
