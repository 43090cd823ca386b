#include "safe/atomic_slot/atomic_slot.cpp"

#include <gtest/gtest.h>

#include "protocol/testing/child.h"
#include "protocol/testing/instance.h"
#include "safe/channel_law.h"

namespace minusone {
namespace {

const Protocol& protocol() { return *minusone_protocol(); }

TEST(AtomicSlot, IsABoundedQueue) { expect_bounded_queue(protocol()); }
TEST(AtomicSlot, RespectsTheReadersRoom) { expect_room_to_be_respected(protocol()); }
TEST(AtomicSlot, KeepsDeadlines) { expect_deadlines_to_be_kept(protocol()); }

TEST(AtomicSlot, IsNobodysWhileItsOwnerWorks) {
  const Instance instance(protocol());
  auto& slot = instance.as<AtomicSlot>();
  const timespec past{0, 0};
  std::size_t size;
  char room[8];
  for (const auto owned : {AtomicSlot::writing, AtomicSlot::reading}) {
    slot.state = owned;
    EXPECT_FALSE(slot.write("x", 1, &past));
    EXPECT_FALSE(slot.read(room, sizeof room, size, &past));
  }
}

TEST(AtomicSlot, StaysTakenWhenItsOwnerDies) {
  const Instance instance(protocol());
  auto& slot = instance.as<AtomicSlot>();
  dies_after([&] { slot.take(AtomicSlot::empty, AtomicSlot::writing, nullptr); });
  const timespec past{0, 0};
  EXPECT_FALSE(slot.write("x", 1, &past));
}

}  // namespace
}  // namespace minusone
