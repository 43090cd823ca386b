#include "safe/futex_slot/futex_slot.cpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "protocol/testing/child.h"
#include "protocol/testing/instance.h"
#include "safe/channel_law.h"

namespace minusone {
namespace {

const Protocol& protocol() { return *minusone_protocol(); }

TEST(FutexSlot, IsABoundedQueue) { expect_bounded_queue(protocol()); }
TEST(FutexSlot, RespectsTheReadersRoom) { expect_room_to_be_respected(protocol()); }
TEST(FutexSlot, KeepsDeadlines) { expect_deadlines_to_be_kept(protocol()); }

TEST(FutexSlot, StaysTakenWhenItsOwnerDies) {
  const Instance instance(protocol());
  auto& slot = instance.as<FutexSlot>();
  dies_after([&] { slot.take(FutexSlot::empty, FutexSlot::writing, nullptr); });
  const timespec past{0, 0};
  EXPECT_FALSE(slot.write("x", 1, &past));
}

bool is_asleep(pid_t process) {
  std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
  std::string number, name, state;
  stat >> number >> name >> state;
  return state == "S";
}

TEST(FutexSlot, WakesAWaiterInAnotherProcess) {
  const Instance instance(protocol());
  auto& slot = instance.as<FutexSlot>();
  const pid_t reader = fork();
  if (reader == 0) {
    char room[8];
    std::size_t size = 0;
    slot.read(room, sizeof room, size, nullptr);
    _exit(size == 5 ? 0 : 1);
  }
  while (!is_asleep(reader)) sched_yield();
  slot.write("hello", 5, nullptr);
  int status = -1;
  waitpid(reader, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace minusone
