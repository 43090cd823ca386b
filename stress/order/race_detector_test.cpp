#include "stress/order/race_detector.h"

#include <gtest/gtest.h>

namespace minusone {
namespace {

constexpr std::uint64_t data = 0x1000, flag = 0x2000, lock = 0x3000;

Step step(std::uint8_t agent, Action action, std::uint64_t address, bool reads, bool writes,
          int order = __ATOMIC_SEQ_CST) {
  Step made;
  made.agent = agent;
  made.action = action;
  made.order = static_cast<std::uint8_t>(order);
  made.add(address, 4, reads, writes);
  return made;
}
Step write(std::uint8_t agent, std::uint64_t at) {
  return step(agent, Action::plain_write, at, false, true);
}
Step read(std::uint8_t agent, std::uint64_t at) {
  return step(agent, Action::plain_read, at, true, false);
}
Step store(std::uint8_t agent, std::uint64_t at, int order) {
  return step(agent, Action::atomic_store, at, false, true, order);
}
Step load(std::uint8_t agent, std::uint64_t at, int order) {
  return step(agent, Action::atomic_load, at, true, false, order);
}
Step add(std::uint8_t agent, std::uint64_t at, int order) {
  return step(agent, Action::atomic_add, at, true, true, order);
}
Step fence(std::uint8_t agent, int order) {
  Step made;
  made.agent = agent;
  made.action = Action::fence;
  made.order = static_cast<std::uint8_t>(order);
  return made;
}

std::size_t races(std::vector<Step> steps) { return RaceDetector().races(steps).size(); }

TEST(RaceDetector, OrdersAThreadBehindWhatItsCreatorDidBefore) {
  auto creates = write(0, data);
  creates.first_created = 1;
  creates.created = 2;
  EXPECT_EQ(races({creates, read(1, data), read(2, data)}), 0U);
  EXPECT_EQ(races({creates, write(0, flag), read(1, flag), write(1, data), read(2, data)}), 2U);
}

TEST(RaceDetector, TellsBothAccessesOfARace) {
  RaceDetector detector;
  const std::vector<Step> steps{read(0, flag), write(0, data), read(1, data)};
  const auto found = detector.races(steps);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].first, 1U);
  EXPECT_EQ(found[0].second, 2U);
}

TEST(RaceDetector, NeedsAConflictOfTwoAgents) {
  EXPECT_EQ(races({read(0, data), read(1, data)}), 0U);
  EXPECT_EQ(races({write(0, data), write(0, data)}), 0U);
  EXPECT_EQ(races({write(0, data), write(1, data + 4)}), 0U);
  EXPECT_EQ(races({write(0, data), write(1, data + 2)}), 1U) << "they overlap";
}

TEST(RaceDetector, HoldsPlainAgainstAtomicButNotAtomicAgainstAtomic) {
  EXPECT_EQ(races({store(0, data, __ATOMIC_RELAXED), read(1, data)}), 1U);
  EXPECT_EQ(races({store(0, data, __ATOMIC_RELAXED), add(1, data, __ATOMIC_RELAXED)}), 0U);
}

TEST(RaceDetector, TakesReleaseAndAcquireForAnOrder) {
  const auto passing = [](int release, int acquire) {
    return races({write(0, data), store(0, flag, release), load(1, flag, acquire), read(1, data)});
  };
  EXPECT_EQ(passing(__ATOMIC_RELEASE, __ATOMIC_ACQUIRE), 0U);
  EXPECT_EQ(passing(__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST), 0U);
  EXPECT_EQ(passing(__ATOMIC_RELAXED, __ATOMIC_ACQUIRE), 1U);
  EXPECT_EQ(passing(__ATOMIC_RELEASE, __ATOMIC_RELAXED), 1U);
}

TEST(RaceDetector, FollowsAReleaseSequenceThroughUpdatesButNotThroughStores) {
  EXPECT_EQ(races({write(0, data), store(0, flag, __ATOMIC_RELEASE), add(2, flag, __ATOMIC_RELAXED),
                   load(1, flag, __ATOMIC_ACQUIRE), read(1, data)}),
            0U);
  EXPECT_EQ(
      races({write(0, data), store(0, flag, __ATOMIC_RELEASE), store(2, flag, __ATOMIC_RELAXED),
             load(1, flag, __ATOMIC_ACQUIRE), read(1, data)}),
      1U);
}

TEST(RaceDetector, TakesFencesForAnOrder) {
  EXPECT_EQ(races({write(0, data), fence(0, __ATOMIC_RELEASE), store(0, flag, __ATOMIC_RELAXED),
                   load(1, flag, __ATOMIC_RELAXED), fence(1, __ATOMIC_ACQUIRE), read(1, data)}),
            0U);
  EXPECT_EQ(races({write(0, data), store(0, flag, __ATOMIC_RELAXED), fence(0, __ATOMIC_RELEASE),
                   load(1, flag, __ATOMIC_RELAXED), fence(1, __ATOMIC_ACQUIRE), read(1, data)}),
            1U)
      << "the fence comes too late";
}

TEST(RaceDetector, TakesALockForAnOrder) {
  const auto locked = [](std::uint8_t agent) {
    return std::vector<Step>{step(agent, Action::mutex_lock, lock, true, true), write(agent, data),
                             step(agent, Action::mutex_unlock, lock, true, true)};
  };
  auto steps = locked(0);
  const auto second = locked(1);
  steps.insert(steps.end(), second.begin(), second.end());
  EXPECT_EQ(races(steps), 0U);
  steps.push_back(write(2, data));
  EXPECT_EQ(races(steps), 2U);
}

std::vector<std::pair<std::size_t, std::size_t>> handovers(const std::vector<Step>& steps) {
  std::vector<std::pair<std::size_t, std::size_t>> found;
  for (const auto& [first, second] : RaceDetector().handovers(steps))
    found.emplace_back(first, second);
  return found;
}

TEST(RaceDetector, TellsWhichStepHandsOverToWhich) {
  using Edges = std::vector<std::pair<std::size_t, std::size_t>>;
  EXPECT_EQ(handovers({write(0, data), store(0, flag, __ATOMIC_RELEASE),
                       load(1, flag, __ATOMIC_ACQUIRE), read(1, data)}),
            (Edges{{1, 2}}));
  EXPECT_EQ(handovers({write(0, data), store(0, flag, __ATOMIC_RELAXED),
                       load(1, flag, __ATOMIC_ACQUIRE), read(1, data)}),
            Edges{})
      << "a value goes over, an order does not";
  // What 0 did before, 2 knows through 1: that is told once.
  EXPECT_EQ(handovers({add(0, flag, __ATOMIC_ACQ_REL), add(1, flag, __ATOMIC_ACQ_REL),
                       add(2, flag, __ATOMIC_ACQ_REL)}),
            (Edges{{0, 1}, {1, 2}}));
}

}  // namespace
}  // namespace minusone
