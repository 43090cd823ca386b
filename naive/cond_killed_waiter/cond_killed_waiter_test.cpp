#include "naive/cond_killed_waiter/cond_killed_waiter.cpp"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <optional>

#include "protocol/testing/child.h"
#include "protocol/testing/instance.h"
#include "protocol/testing/on_one_cpu.h"

namespace {

using minusone::Child;

struct CondKilledWaiterTest : testing::Test {
  void read_one() {
    char room[8];
    channel.read(room, sizeof room);
  }

  minusone::Instance instance{*minusone_protocol()};
  CondKilledWaiter& channel = instance.as<CondKilledWaiter>();
};

TEST_F(CondKilledWaiterTest, WakesAWaiterWhileAllLive) {
  Child reader([&] { read_one(); });
  ASSERT_TRUE(reader.comes_to_sleep_in(SYS_futex));
  channel.write("hello", 6);
  EXPECT_EQ(reader.end(), 0);
}

TEST_F(CondKilledWaiterTest, HangsInALaterBroadcastWhenAWaiterWasKilledUpToGlibc240) {
  {
    Child reader([&] { read_one(); });
    ASSERT_TRUE(reader.comes_to_sleep_in(SYS_futex));
  }  // killed asleep
  channel.write("one", 4);
  read_one();
  // The next group of waiters may not be woken before the dead one has left the first.
  Child reader([&] { read_one(); });
  ASSERT_TRUE(reader.comes_to_sleep_in(SYS_futex));
  Child writer([&] { channel.write("two", 4); });
  if (!waits_for_the_dead) {
    EXPECT_EQ(writer.end(), 0);
    EXPECT_EQ(reader.end(), 0) << "it was woken";
    return;
  }
  EXPECT_TRUE(writer.comes_to_sleep_in(SYS_futex)) << "in its broadcast, which waits for no one";
  EXPECT_EQ(channel.full, 1) << "it had its turn";
}

TEST_F(CondKilledWaiterTest, LeavesSleepersAsleepWhenTheHolderDiesBeforeItsBroadcast) {
  const minusone::OnOneCpu here;
  Child reader([&] { read_one(); });
  ASSERT_TRUE(reader.comes_to_sleep_in(SYS_futex));
  minusone::dies_after([&] {
    channel.lock_when(0);
    channel.full = 1;
  });
  EXPECT_EQ(channel.full, 1);
  EXPECT_TRUE(reader.sleeps_in(SYS_futex)) << "a message is there, and nobody tells it";
}

}  // namespace
