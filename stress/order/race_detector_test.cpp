#include "stress/order/race_detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <random>

#include "stress/order/testing/steps.h"

namespace minusone {
namespace {

std::size_t races(std::vector<Step> steps) { return RaceDetector().races(steps).size(); }

TEST(RaceDetector, OrdersAThreadBehindWhatItsCreatorDidBefore) {
  auto creates = write(0, data);
  creates.created = only(1) | only(2);
  EXPECT_EQ(races({creates, read(1, data), read(2, data)}), 0U);
  EXPECT_EQ(races({creates, write(0, flag), read(1, flag), write(1, data), read(2, data)}), 2U);
}

// Where another uses its creator's stack, the return of a function is the last step before it.
TEST(RaceDetector, OrdersAThreadBehindAReturnBeforeItsCreation) {
  auto returns = step(0, Action::frame_end, flag, false, true);
  returns.created = only(1);
  EXPECT_EQ(races({write(0, data), returns, write(1, data)}), 0U);
}

TEST(RaceDetector, OrdersAJoinBehindAThreadWhoseLastStepWasAReturn) {
  auto returns = step(1, Action::frame_end, flag, false, true);
  returns.add(end_of_agent(1), 1, false, true);
  Step joins;
  joins.action = Action::join;
  joins.add(end_of_agent(1), 1, true, false);
  EXPECT_EQ(races({write(1, data), returns, joins, write(0, data)}), 0U);
  EXPECT_EQ(races({write(1, data), returns, write(0, data)}), 1U);
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

/// The same, narrowed to what a call comes to when it fails.
TEST(RaceDetector, TakesAFailedCompareAndSwapForALoadOfItsFailureOrder) {
  const auto swap = [](int failure) {
    return failing(step(1, Action::atomic_cas, flag, true, true, failure));
  };
  const auto passing = [&](int failure) {
    return races({write(0, data), store(0, flag, __ATOMIC_RELEASE), swap(failure), read(1, data)});
  };
  EXPECT_EQ(passing(__ATOMIC_ACQUIRE), 0U);
  EXPECT_EQ(passing(__ATOMIC_RELAXED), 1U);
}

TEST(RaceDetector, TakesNoFailedCallForAnOrder) {
  const auto after_unlock = [](const Step& tried) {
    return races({call(0, Action::mutex_lock), write(0, data), call(0, Action::mutex_unlock), tried,
                  write(1, data)});
  };
  EXPECT_EQ(after_unlock(call(1, Action::mutex_trylock)), 0U);
  EXPECT_EQ(after_unlock(failing(call(1, Action::mutex_trylock))), 1U);
  EXPECT_EQ(races({write(0, data), call(0, Action::sem_post),
                   failing(call(1, Action::sem_getvalue)), write(1, data)}),
            1U);
}

TEST(RaceDetector, TakesWhatIsDoneOnceForBeforeEachCallThatFindsItDone) {
  const auto finds_it_done = [](int agent) { return failing(call(agent, Action::once_begin)); };
  EXPECT_EQ(races({call(0, Action::once_begin), write(0, data), call(0, Action::once_end),
                   finds_it_done(1), write(1, data)}),
            0U);
  EXPECT_EQ(races({write(0, data), finds_it_done(0), finds_it_done(1), write(1, data)}), 1U);
}

TEST(RaceDetector, TakesAPostForBeforeTheWaitButNotAWaitForBeforeAnother) {
  EXPECT_EQ(
      races({write(0, data), call(0, Action::sem_post), call(1, Action::sem_wait), write(1, data)}),
      0U);
  EXPECT_EQ(
      races({write(0, data), call(0, Action::sem_wait), call(1, Action::sem_wait), write(1, data)}),
      1U)
      << "a semaphore of two lets both in";
  EXPECT_EQ(
      races({write(0, data), call(0, Action::sem_wait), call(1, Action::sem_post), write(1, data)}),
      1U);
}

TEST(RaceDetector, TakesOneSemopForBeforeTheNext) {
  EXPECT_EQ(races({write(0, data), call(0, Action::semop), call(1, Action::semop), write(1, data)}),
            0U);
}

constexpr std::uint64_t queue = nowhere | 0x100, wake_up = nowhere | 0x200, end = nowhere | 0x300;

Step futex_wait(std::uint8_t agent) {
  auto made = failing(step(agent, Action::futex_wait, flag, true, true));
  made.add(queue, 1, true, true);
  return made;
}
Step futex_wake(std::uint8_t agent, bool somebody) {
  auto made = step(agent, Action::futex_wake, queue, true, somebody);
  if (somebody) made.add(wake_up, 1, true, true);
  return made;
}

TEST(RaceDetector, TakesAWakeUpForBeforeTheWokenAndNothingElseOfAFutex) {
  const auto awake = step(1, Action::futex_awake, wake_up, true, true);
  EXPECT_EQ(races({futex_wait(1), write(0, data), futex_wake(0, true), awake, write(1, data)}), 0U);
  EXPECT_EQ(races({write(1, data), futex_wait(1), futex_wake(0, true), write(0, data)}), 1U)
      << "falling asleep gives nothing";
  EXPECT_EQ(races({write(0, data), futex_wake(0, false), futex_wait(1), write(1, data)}), 1U)
      << "nobody was woken";
  EXPECT_EQ(
      races({write(0, data), store(0, flag, __ATOMIC_RELEASE), futex_wait(1), write(1, data)}), 1U)
      << "the kernel's look at the word is no acquire";
}

TEST(RaceDetector, TakesACondition) {
  const auto releases = [](std::uint8_t agent) {
    auto made = step(agent, Action::cond_release, queue, true, true);
    made.add(lock, 40, true, true);
    return made;
  };
  auto awake = step(1, Action::cond_awake, wake_up, true, true);
  awake.add(lock, 40, true, true);
  auto signals = step(0, Action::cond_signal, queue, true, true);
  signals.add(wake_up, 1, true, true);
  EXPECT_EQ(races({call(1, Action::mutex_lock), releases(1), call(0, Action::mutex_lock),
                   write(0, data), signals, call(0, Action::mutex_unlock), awake, write(1, data)}),
            0U);
  EXPECT_EQ(races({call(1, Action::mutex_lock), write(1, data), releases(1),
                   call(0, Action::mutex_lock), write(0, data)}),
            0U)
      << "the wait gives the mutex";
  EXPECT_EQ(races({write(1, data), releases(1), signals, write(0, data)}), 1U)
      << "the wait gives nothing to who signals without the mutex";
}

TEST(RaceDetector, TakesAnEndForBeforeItsJoin) {
  auto last = write(1, data);
  last.add(end, 1, false, true);
  const auto join = step(0, Action::join, end, true, false);
  EXPECT_EQ(races({last, join, write(0, data)}), 0U);
  EXPECT_EQ(races({write(0, data), join, last}), 1U);
  auto waits = call(1, Action::sem_wait);
  waits.add(end, 1, false, true);
  EXPECT_EQ(races({write(1, data), waits, join, write(0, data)}), 0U) << "whatever came last";
}

TEST(RaceDetector, TellsAPairOnceThoughACopyHasTwoAccesses) {
  auto copy = step(0, Action::copy, data, false, true);
  copy.add(data, 4, true, false);
  EXPECT_EQ(races({write(1, data), copy}), 1U);
}

/// Happens-before by its definition (C++20, [intro.races]): the transitive closure of program order
/// and synchronises-with, edge by edge.
class Closure {
 public:
  explicit Closure(const std::vector<Step>& steps)
      : steps_(steps), before_(steps.size(), std::vector<bool>(steps.size())) {
    for (std::size_t a = 0; a < steps.size(); ++a) {
      for (std::size_t b = a + 1; b < steps.size(); ++b) {
        before_[a][b] = steps[a].agent == steps[b].agent;
      }
      synchronise(a);
    }
    for (std::size_t k = 0; k < steps.size(); ++k) {
      for (std::size_t a = 0; a < k; ++a) {
        for (std::size_t b = k + 1; before_[a][k] && b < steps.size(); ++b) {
          if (before_[k][b]) before_[a][b] = true;
        }
      }
    }
  }

  std::vector<RacePair> races() const {
    std::vector<RacePair> found;
    for (std::size_t b = 0; b < steps_.size(); ++b) {
      for (std::size_t a = 0; a < b; ++a) {
        const bool plain = is_plain(steps_[a]) || is_plain(steps_[b]);
        if (steps_[a].agent != steps_[b].agent && plain && depend(steps_[a], steps_[b]) &&
            !before_[a][b]) {
          found.push_back({a, b});
        }
      }
    }
    return found;
  }

 private:
  static bool is_plain(const Step& step) {
    return step.action == Action::plain_read || step.action == Action::plain_write;
  }
  static bool acquires(int order) {
    return order == __ATOMIC_ACQUIRE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
  }
  static bool releases(int order) {
    return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
  }
  bool same_object(std::size_t a, std::size_t b) const {
    return steps_[a].count > 0 && steps_[b].count > 0 &&
           steps_[a].accesses[0].address == steps_[b].accesses[0].address;
  }

  // The edges that end at step `at`, or that an acquire fence behind it ends.
  void synchronise(std::size_t at) {
    switch (steps_[at].action) {
      case Action::mutex_lock:
        for (std::size_t a = 0; a < at; ++a)
          if (same_object(a, at) && steps_[a].action == Action::mutex_unlock) before_[a][at] = true;
        return;
      case Action::sem_wait:
        for (std::size_t a = 0; a < at; ++a)
          if (same_object(a, at) && steps_[a].action == Action::sem_post) before_[a][at] = true;
        return;
      case Action::atomic_load:
      case Action::atomic_add:
      case Action::atomic_cas:
        return read_from(at);
      default:
        return;
    }
  }

  int write_before(std::size_t at) const {
    for (std::size_t a = at; a-- > 0;) {
      if (same_object(a, at) && steps_[a].accesses[0].writes) return static_cast<int>(a);
    }
    return -1;
  }

  // Each head of a release sequence that the value read belongs to.
  void read_from(std::size_t at) {
    for (int head = write_before(at); head != -1;) {
      const auto h = static_cast<std::size_t>(head);
      if (releases(steps_[h].order)) lead(h, at);
      for (std::size_t f = 0; f < h; ++f) {
        if (steps_[f].action == Action::fence && steps_[f].agent == steps_[h].agent &&
            releases(steps_[f].order)) {
          lead(f, at);
        }
      }
      head = steps_[h].accesses[0].reads ? write_before(h) : -1;
    }
  }

  void lead(std::size_t from, std::size_t at) {
    if (steps_[from].agent != steps_[at].agent && acquires(steps_[at].order))
      before_[from][at] = true;
    for (std::size_t f = at + 1; f < steps_.size(); ++f) {
      if (steps_[f].action == Action::fence && steps_[f].agent == steps_[at].agent &&
          acquires(steps_[f].order)) {
        before_[from][f] = true;
      }
    }
  }

  const std::vector<Step>& steps_;
  std::vector<std::vector<bool>> before_;
};

TEST(RaceDetector, AgreesWithTheClosureOfProgramOrderAndSynchronisation) {
  std::mt19937 random(1);
  RaceDetector detector;
  std::size_t racing = 0, conflicting = 0;
  for (int i = 0; i < 5000; ++i) {
    const auto steps = random_execution(random);
    const auto expected = Closure(steps).races();
    ASSERT_THAT(detector.races(steps), testing::ElementsAreArray(expected)) << "execution " << i;
    racing += expected.size();
    for (std::size_t b = 0; b < steps.size(); ++b) {
      for (std::size_t a = 0; a < b; ++a) {
        conflicting += steps[a].agent != steps[b].agent && steps[a].accesses[0].address < flag &&
                       depend(steps[a], steps[b]);
      }
    }
  }
  EXPECT_GT(racing, 1000U) << "or the comparison says little";
  EXPECT_GT(conflicting - racing, 1000U) << "so many are ordered";
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
  // Agent 2 knows through 1 what 0 did before: that is told once.
  EXPECT_EQ(handovers({add(0, flag, __ATOMIC_ACQ_REL), add(1, flag, __ATOMIC_ACQ_REL),
                       add(2, flag, __ATOMIC_ACQ_REL)}),
            (Edges{{0, 1}, {1, 2}}));
}

}  // namespace
}  // namespace minusone
