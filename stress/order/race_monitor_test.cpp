#include "stress/order/race_monitor.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <tuple>

#include "stress/order/race_detector.h"
#include "stress/order/testing/steps.h"

namespace minusone {
namespace {

AccessMap map_of(const std::vector<Step>& steps) {
  AccessMap accesses;
  for (const Step& step : steps) accesses.note(step);
  return accesses;
}

const void* place(unsigned number) {
  return reinterpret_cast<const void*>(static_cast<std::uintptr_t>(number));
}

// The monitor goes step by step and keeps less: it must find each race at the same step, of the
// same places.
TEST(RaceMonitor, FindsTheRacesThatTheDetectorFindsWhenItsLaterStepIsTaken) {
  std::mt19937 random(2);
  RaceDetector detector;
  std::size_t races = 0;
  for (int i = 0; i < 5000; ++i) {
    auto steps = random_execution(random);
    for (Step& step : steps) {
      step.pc = place(1 + static_cast<unsigned>(random() % 3));
      // Plain accesses to what others access by atomics; a thread that comes later, or ends.
      const bool is_atomic =
          step.action == Action::atomic_load || step.action == Action::atomic_store;
      if (is_atomic && random() % 8 == 0)
        step.action = step.accesses[0].writes ? Action::plain_write : Action::plain_read;
    }
    for (std::size_t at = 0; at < steps.size() / 2; ++at) {
      if (steps[at].agent != 2) continue;
      steps[at].agent = 0;
      steps[at].created = only(2);  // it is there from the last of these on
    }
    for (std::size_t at = 0; at + 1 < steps.size() / 2; ++at) steps[at].created = 0;
    std::map<std::size_t, std::set<const void*>> expected;
    for (const RacePair& pair : detector.races(steps))
      expected[pair.second].insert(steps[pair.first].pc);
    RaceMonitor monitor(map_of(steps));
    int past = RaceMonitor::nothing;
    std::map<std::tuple<int, int, Action, int, std::uint64_t, bool, const void*>,
             std::set<const void*>>
        told;  // of the same number and the same step once
    for (std::size_t at = 0; at < steps.size(); ++at) {
      const Step& step = steps[at];
      auto& found = told[{past, step.agent, step.action, step.order, step.accesses[0].address,
                          step.accesses[0].writes, step.pc}];
      past = monitor.behind(past, step, 3, [&](const void* pc) { found.insert(pc); });
      ASSERT_EQ(found, expected[at]) << "execution " << i << ", step " << at;
      races += !found.empty();
    }
  }
  EXPECT_GT(races, 1000U);
}

TEST(RaceMonitor, ForgetsWhatEverybodyKnows) {
  RaceMonitor monitor(map_of({write(0, data), read(1, data)}));
  const auto through = [&](const std::vector<Step>& steps) {
    int past = RaceMonitor::nothing;
    for (const Step& step : steps) past = monitor.behind(past, step, 2, [](const void*) {});
    return past;
  };
  const auto one = through({write(0, data), store(0, flag, __ATOMIC_RELEASE),
                            load(1, flag, __ATOMIC_ACQUIRE), read(1, data)});
  const auto again = through({write(0, data), read(0, data), store(0, flag, __ATOMIC_RELEASE),
                              load(1, flag, __ATOMIC_ACQUIRE), read(1, data)});
  EXPECT_EQ(one, again);
  EXPECT_NE(one, through({write(0, data), store(0, flag, __ATOMIC_RELAXED),
                          load(1, flag, __ATOMIC_ACQUIRE), read(1, data)}));
}

// Of an access that came again only the last counts, also for who knows of the one before.
TEST(RaceMonitor, KnowsOfTheLastOfTwoAccessesWhoKnowsOfTheLast) {
  const std::vector<Step> steps{write(0, data), store(0, flag, __ATOMIC_RELEASE), write(0, data),
                                load(1, flag, __ATOMIC_ACQUIRE), read(1, data)};
  RaceMonitor monitor(map_of(steps));
  int past = RaceMonitor::nothing;
  std::size_t found = 0;
  for (const Step& step : steps)
    past = monitor.behind(past, step, 2, [&](const void*) { ++found; });
  EXPECT_EQ(found, 1U);
}

TEST(AccessMap, KnowsWhoMayRaceWithWhom) {
  const auto map = map_of({write(0, data), read(1, data + 2), store(0, flag, __ATOMIC_RELAXED),
                           load(1, flag, __ATOMIC_RELAXED), read(0, lock), read(1, lock)});
  EXPECT_TRUE(map.has_conflicts());
  EXPECT_TRUE(map.may_race(0, write(0, data).accesses[0], false));
  EXPECT_TRUE(map.may_race(1, read(1, data + 2).accesses[0], false)) << "half of it";
  EXPECT_FALSE(map.may_race(0, store(0, flag, __ATOMIC_RELAXED).accesses[0], true));
  EXPECT_FALSE(map.may_race(0, read(0, lock).accesses[0], false));
  EXPECT_FALSE(map_of({store(0, flag, __ATOMIC_RELAXED), load(1, flag, __ATOMIC_RELAXED),
                       write(0, data), read(0, data), read(1, lock)})
                   .has_conflicts());
  EXPECT_TRUE(map_of({store(0, flag, __ATOMIC_RELAXED), read(1, flag)}).has_conflicts());
}

}  // namespace
}  // namespace minusone
