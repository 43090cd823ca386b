#include "safe/sysv_semaphore/sysv_semaphore.cpp"

#include <gtest/gtest.h>

#include <string_view>

#include "protocol/testing/child.h"
#include "protocol/testing/instance.h"
#include "safe/channel_law.h"

namespace minusone {
namespace {

const Protocol& protocol() { return *minusone_protocol(); }

TEST(SysvSemaphore, IsABoundedQueue) { expect_bounded_queue(protocol()); }
TEST(SysvSemaphore, RespectsTheReadersRoom) { expect_room_to_be_respected(protocol()); }
TEST(SysvSemaphore, KeepsDeadlines) { expect_deadlines_to_be_kept(protocol()); }

TEST(SysvSemaphore, IsGivenBackByTheKernelWhenItsHolderDies) {
  const Instance instance(protocol());
  auto& channel = instance.as<SysvSemaphore>();
  dies_after([&] { channel.take(SysvSemaphore::empty, nullptr); });
  EXPECT_TRUE(channel.write("x", 1, nullptr));
  dies_after([&] { channel.take(SysvSemaphore::full, nullptr); });
  std::size_t size = 0;
  char room[8];
  EXPECT_TRUE(channel.read(room, sizeof room, size, nullptr));
}

TEST(SysvSemaphore, KeepsAMessageWhoseWriterExits) {
  const Instance instance(protocol());
  auto& channel = instance.as<SysvSemaphore>();
  dies_after([&] { channel.write("stays", 5, nullptr); });
  std::size_t size = 0;
  char room[8];
  const timespec past{0, 0};
  ASSERT_TRUE(channel.read(room, sizeof room, size, &past));
  EXPECT_EQ(std::string_view(room, size), "stays");
}

TEST(SysvSemaphore, RefusesAKeyThatIsTaken) {
  const Instance instance(protocol());
  semid_ds about{};
  ASSERT_EQ(semctl(instance.as<SysvSemaphore>().set, 0, IPC_STAT, &about), 0);
  SysvSemaphore other;
  try {
    other.init(about.sem_perm.__key);
    FAIL() << "it took somebody else's semaphores";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), EEXIST);
  }
}

}  // namespace
}  // namespace minusone
