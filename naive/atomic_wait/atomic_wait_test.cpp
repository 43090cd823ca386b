#include "naive/atomic_wait/atomic_wait.cpp"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <thread>

#include "protocol/testing/child.h"
#include "protocol/testing/instance.h"
#include "protocol/testing/on_one_cpu.h"

namespace {

TEST(AtomicWait, WorksBetweenThreads) {
  const minusone::Instance instance(*minusone_protocol());
  auto& slot = instance.as<AtomicWait>();
  constexpr int messages = 1000;
  std::thread writer([&] {
    for (int i = 0; i < messages; ++i) slot.write(reinterpret_cast<const char*>(&i), sizeof i);
  });
  for (int i = 0; i < messages; ++i) {
    int got = -1;
    slot.read(reinterpret_cast<char*>(&got), sizeof got);
    ASSERT_EQ(got, i);
  }
  writer.join();
}

TEST(AtomicWait, DoesNotHearAnotherProcess) {
  const minusone::OnOneCpu here;
  const minusone::Instance instance(*minusone_protocol());
  auto& slot = instance.as<AtomicWait>();
  minusone::Child reader([&] {
    char room[8];
    slot.read(room, sizeof room);
  });
  ASSERT_TRUE(reader.comes_to_sleep_in(SYS_futex));
  slot.write("unheard", 8);
  EXPECT_EQ(slot.state, AtomicWait::full);
  EXPECT_TRUE(reader.sleeps_in(SYS_futex)) << "who is woken runs before the notify returns";
}

}  // namespace
