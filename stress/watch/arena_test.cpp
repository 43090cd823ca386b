// The state that watched processes share, met in one process and by children that die.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stress/watch/segments.h"
#include "stress/watch/session.h"
#include "stress/watch/slots.h"
#include "stress/watch/sync_objects.h"

namespace minusone::watch {
namespace {

class SharedState : public testing::Test {
 protected:
  /// Runs `what` in a child that is killed behind it.
  template <class What>
  void in_killed_child(const What& what) {
    const pid_t child = fork();
    if (child == 0) {
      forget_own_tid();
      what();
      raise(SIGKILL);
    }
    waitpid(child, nullptr, 0);
  }

  SharedArena shared_;
  Arena& arena_ = shared_.arena();
};

TEST_F(SharedState, ALockOfAKilledProcessIsTakenOver) {
  in_killed_child([&] { arena_.slots_lock.lock(); });
  EXPECT_TRUE(arena_.slots_lock.lock());
  EXPECT_FALSE(arena_.slots_lock.lock()) << "mine already, as for a signal's handler";
  arena_.slots_lock.unlock();
}

TEST_F(SharedState, SlotsOfTheDeadAreUsedAgainWithTheirClocksCarriedOn) {
  in_killed_child([&] {
    for (unsigned i = 0; i + 1 < max_slots; ++i) {
      const Self self = take_slot(arena_, 0);
      for (int tick = 0; tick < 5; ++tick) self.tick();
    }
  });
  const Self mine = take_slot(arena_, 1);
  EXPECT_EQ(mine.number(), max_slots - 1) << "one that was never used";
  const Self next = take_slot(arena_, 2);
  ASSERT_TRUE(next.is_there());
  EXPECT_EQ(next.number(), 0U) << "that of who has been gone longest";
  EXPECT_GT(next.now(), 6U);
  EXPECT_FALSE(next.is_ordered({0, 3, true, false, 1})) << "its forerunner's";
  EXPECT_TRUE(next.is_ordered({0, next.now(), true, false, 1})) << "its own";
  EXPECT_EQ(next.slot().former.load(), 0U);
}

TEST_F(SharedState, NoSlotOfTheLivingIsTaken) {
  for (unsigned i = 0; i < max_slots; ++i) EXPECT_TRUE(take_slot(arena_, 0).is_there());
  EXPECT_FALSE(take_slot(arena_, 0).is_there());
  end_slot({arena_, 77});
  EXPECT_EQ(take_slot(arena_, 0).number(), 77U);
}

TEST_F(SharedState, WhatIsReleasedOrdersForWhoAcquires) {
  const Self writer = take_slot(arena_, 0), reader = take_slot(arena_, 1);
  const Epoch written = writer.epoch(true, false, 0xff);
  SyncObject& sync = sync_named(arena_, 42);
  release(writer, sync);
  writer.tick();
  EXPECT_FALSE(reader.is_ordered(written));
  acquire(reader, sync);
  EXPECT_TRUE(reader.is_ordered(written));
  EXPECT_FALSE(reader.is_ordered(writer.epoch(true, false, 0xff))) << "behind the release";
  EXPECT_EQ(&sync, &sync_named(arena_, 42));
  EXPECT_NE(&sync, &sync_named(arena_, 43));
}

TEST_F(SharedState, ASegmentHasOneShadowWhereverItLies) {
  Segments here, there;
  here.begin(arena_, 0);
  there.begin(arena_, 1);
  const Identity its{Kind::system_v, 0, 7, 0};
  here.attach(0x10000, 0x3000, its, 0);
  there.attach(0x50000, 0x2000, its, 0x1000);
  EXPECT_EQ(here.find(0x11008).granule, there.find(0x50008).granule);
  EXPECT_EQ(here.find(0x11008).offset, 0x1008U);
  EXPECT_EQ(here.find(0x13000).granule, nullptr);
  EXPECT_NE(here.find(0x10000).granule, nullptr);
  // One that is mapped farther than it was known has more behind.
  there.attach(0x90000, 0x6000, its, 0);
  EXPECT_EQ(there.find(0x90008).granule, here.find(0x10008).granule);
  EXPECT_EQ(there.find(0x95ff8).offset, 0x5ff8U);
}

TEST_F(SharedState, PartOfAMappingMayGo) {
  Segments here;
  here.begin(arena_, 0);
  here.attach(0x10000, 0x5000, {Kind::file, 1, 7, 0}, 0);
  const auto* const last = here.find(0x14000).granule;
  here.detach(0x11000, 0x2000);
  EXPECT_NE(here.find(0x10fff).granule, nullptr);
  EXPECT_EQ(here.find(0x11000).granule, nullptr);
  EXPECT_EQ(here.find(0x12fff).granule, nullptr);
  EXPECT_EQ(here.find(0x14000).granule, last);
}

TEST_F(SharedState, TheShadowOfASegmentThatIsNoMoreIsUsedAgain) {
  Segments here;
  here.begin(arena_, 0);
  for (std::uint64_t id = 0; id < 2000; ++id) {
    const Identity its{Kind::system_v, 0, id, 0};
    here.attach(0x10000, 0x2000, its, 0);
    const Place place = here.find(0x10010);
    ASSERT_NE(place.granule, nullptr);
    EXPECT_TRUE(place.granule->entry[0].load().is_empty()) << "of segment " << id;
    place.granule->entry[0].epoch.store(1);
    sync_at(arena_, *place.sync);
    here.detach(0x10000, 0x2000);
    Segments::forget(arena_, its);
  }
  EXPECT_EQ(arena_.unwatched.load(), 0U);
  EXPECT_EQ(arena_.syncs_used.load(), 1U);
  EXPECT_LE(arena_.shadow_top.load(), shadows + shadow_size(0x2000));
}

}  // namespace
}  // namespace minusone::watch
