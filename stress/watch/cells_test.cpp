#include "stress/watch/cells.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <vector>

namespace minusone::watch {
namespace {

/// A granule, and the places of those that each access has met.
class Cells : public testing::Test {
 protected:
  static constexpr auto unordered = [](Epoch) { return false; };

  std::vector<Site> met_by(Epoch now, Site site, bool all_is_ordered = false) {
    std::vector<Site> met;
    access(
        *granule_, now, site, [&](Epoch old) { return all_is_ordered || old.slot() == now.slot(); },
        [&](Epoch, Site its) { met.push_back(its); });
    return met;
  }
  unsigned kept() const {
    unsigned count = 0;
    for (const auto& entry : granule_->entry) count += entry.load().bytes() != 0;
    return count;
  }

  std::unique_ptr<Granule> granule_ = std::make_unique<Granule>();
};

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(Cells, AnEpochKeepsWhatItIsMadeOf) {
  const Epoch epoch(127, (Clock{1} << 46) - 1, true, false, 0xa5);
  EXPECT_EQ(epoch.slot(), 127U);
  EXPECT_EQ(epoch.clock(), (Clock{1} << 46) - 1);
  EXPECT_TRUE(epoch.is_write());
  EXPECT_FALSE(epoch.is_atomic());
  EXPECT_EQ(epoch.bytes(), 0xa5);
  EXPECT_EQ(module_of(site_in(254, 77)), 254U);
  EXPECT_EQ(offset_of(site_in(254, 77)), 77U);
}

TEST_F(Cells, WritesOfTwoThreadsMeet) {
  EXPECT_THAT(met_by({1, 1, true, false, 0x0f}, 11), IsEmpty());
  EXPECT_THAT(met_by({2, 1, true, false, 0x0f}, 22), ElementsAre(11U));
}

TEST_F(Cells, ReadsDoNotAndEachIsMetByALaterWrite) {
  EXPECT_THAT(met_by({1, 1, false, false, 0x0f}, 11), IsEmpty());
  EXPECT_THAT(met_by({2, 1, false, false, 0x0f}, 22), IsEmpty());
  EXPECT_THAT(met_by({3, 1, true, false, 0x0f}, 33), ElementsAre(11U, 22U));
}

TEST_F(Cells, AtomicsMeetPlainAccessesOnly) {
  EXPECT_THAT(met_by({1, 1, true, true, 0x0f}, 11), IsEmpty());
  EXPECT_THAT(met_by({2, 1, true, true, 0x0f}, 22), IsEmpty());
  EXPECT_THAT(met_by({3, 1, false, false, 0x0f}, 33), ElementsAre(11U, 22U));
}

TEST_F(Cells, TwoIntsInEightBytesAreTold) {
  EXPECT_THAT(met_by({1, 1, true, false, 0x0f}, 11), IsEmpty());
  EXPECT_THAT(met_by({2, 1, true, false, 0xf0}, 22), IsEmpty());
}

TEST_F(Cells, BytesOfOnePlaceJoin) {
  for (unsigned i = 0; i < 8; ++i)
    EXPECT_THAT(met_by({1, 1, true, false, static_cast<std::uint8_t>(1U << i)}, 11), IsEmpty());
  EXPECT_EQ(kept(), 1U);
  EXPECT_THAT(met_by({2, 1, false, false, 0x80}, 22), ElementsAre(11U));
}

TEST_F(Cells, WhatHappensBeforeAWriteMakesRoom) {
  for (unsigned slot = 1; slot <= Granule::entries; ++slot)
    met_by({slot, 1, false, false, 0x0f}, slot);
  EXPECT_THAT(met_by({77, 1, true, false, 0x0f}, 77, true), IsEmpty());
  EXPECT_LE(kept(), Granule::entries / 2);
}

TEST_F(Cells, SaysWhenThereIsNoRoom) {
  const auto none = [](Epoch, Site) {};
  for (unsigned slot = 1; slot <= Granule::entries; ++slot)
    EXPECT_TRUE(access(*granule_, {slot, 1, false, false, 1}, slot, unordered, none));
  EXPECT_FALSE(access(*granule_, {100, 1, false, false, 1}, 100, unordered, none));
}

/// Three threads on one granule, with locks that hand over: each access with all that came before
/// it.
struct Past {
  std::array<std::array<Clock, 3>, 3> clocks{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  std::vector<Epoch> accesses;

  bool is_ordered(unsigned thread, Epoch old) const {
    return old.slot() == thread || old.clock() <= clocks[thread][old.slot()];
  }
  bool races(unsigned thread, Epoch now) const {
    for (const Epoch old : accesses) {
      if (conflict(old, now) && !is_ordered(thread, old)) return true;
    }
    return false;
  }
};

// FastTrack's theorem (section 3): no alarm before the first race, and one at it.
RC_GTEST_PROP(CellsLaw, FindTheFirstRaceOfAnyTraceAndNoOther, ()) {
  Past past;
  std::array<std::array<Clock, 3>, 2> locks{};
  const auto granule = std::make_unique<Granule>();
  for (int step = 0; step < 60; ++step) {
    const auto thread = *rc::gen::inRange(0U, 3U);
    auto& mine = past.clocks[thread];
    const auto kind = *rc::gen::inRange(0, 6);
    auto& lock = locks[kind % 2];
    if (kind < 2) {
      for (unsigned i = 0; i < 3; ++i) mine[i] = std::max(mine[i], lock[i]);
    } else if (kind < 4) {
      lock = mine;
      ++mine[thread];
    } else {
      const std::uint8_t bytes = *rc::gen::element<std::uint8_t>(0x0f, 0xf0, 0xff, 0x02);
      const Epoch now(thread, mine[thread], *rc::gen::inRange(0, 3) == 0,
                      *rc::gen::inRange(0, 3) == 0, bytes);
      bool met = false;
      const bool all_kept = access(
          *granule, now, step, [&](Epoch old) { return past.is_ordered(thread, old); },
          [&](Epoch, Site) { met = true; });
      const bool races = past.races(thread, now);
      if (!all_kept) RC_DISCARD("there was no room");
      RC_ASSERT(met == races);
      if (races) return;
      past.accesses.push_back(now);
    }
  }
}

}  // namespace
}  // namespace minusone::watch
