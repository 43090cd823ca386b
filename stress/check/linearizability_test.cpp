#include "stress/check/linearizability.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace minusone {
namespace {

using Kind = Operation::Kind;

Operation operation(Kind kind, Ending ending, MessageId message, std::uint64_t called,
                    std::uint64_t returned, std::uint16_t agent = 0) {
  return {kind, ending, false, agent, message, called, returned};
}
Operation write(std::uint32_t sequence, std::uint64_t called, std::uint64_t returned) {
  return operation(Kind::write, Ending::done, {1, sequence}, called, returned);
}
Operation read(std::uint32_t sequence, std::uint64_t called, std::uint64_t returned) {
  return operation(Kind::read, Ending::done, {1, sequence}, called, returned);
}

TEST(Linearizability, LooksAtWhatReturnedBeforeWhatWasCalled) {
  EXPECT_TRUE(is_linearizable({write(0, 1, 2), read(0, 3, 4)}, 1));
  EXPECT_FALSE(is_linearizable({write(0, 3, 4), read(0, 1, 2)}, 1)) << "read before it was written";
  EXPECT_TRUE(is_linearizable({write(0, 1, 4), read(0, 2, 3)}, 1)) << "they overlap";
  EXPECT_FALSE(is_linearizable({write(0, 1, 2), read(0, 3, 4), read(0, 5, 6)}, 1)) << "read twice";
  EXPECT_FALSE(is_linearizable({write(0, 1, 2), write(1, 3, 4)}, 1)) << "there is room for one";
  EXPECT_TRUE(is_linearizable({write(0, 1, 2), write(1, 3, 4)}, 2));
  EXPECT_FALSE(is_linearizable({write(0, 1, 2), write(1, 3, 4), read(1, 5, 6)}, 2)) << "no queue";
}

TEST(Linearizability, LetsPendingAndDeadOperationsTakeEffectOrNot) {
  for (const Ending ending : {Ending::pending, Ending::dead}) {
    const auto writing = operation(Kind::write, ending, {1, 0}, 1, 0);
    EXPECT_TRUE(is_linearizable({writing, read(0, 2, 3)}, 1));
    EXPECT_TRUE(is_linearizable({writing}, 1));
    const auto reading = operation(Kind::read, ending, {}, 3, 0);
    EXPECT_TRUE(is_linearizable({write(0, 1, 2), reading, write(1, 4, 5)}, 1)) << "it took 0";
    EXPECT_FALSE(is_linearizable({write(0, 1, 2), write(1, 4, 5), write(2, 6, 7), reading}, 1))
        << "it took one only";
  }
}

TEST(Linearizability, GivesNoPointToWhatTimedOutOrWasTorn) {
  const auto late = operation(Kind::write, Ending::timed_out, {1, 0}, 1, 2);
  EXPECT_FALSE(is_linearizable({late, read(0, 3, 4)}, 1));
  auto torn = read(0, 3, 4);
  torn.torn = true;
  EXPECT_FALSE(is_linearizable({write(0, 1, 2), torn}, 1));
}

TEST(Linearizability, JudgesHistoriesOfAnyLength) {
  History history;
  std::uint64_t now = 0;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    // Each write overlaps the read that takes it.
    history.push_back(operation(Kind::write, Ending::done, {1, i}, now + 1, now + 3));
    history.push_back(operation(Kind::read, Ending::done, {1, i}, now + 2, now + 4, 1));
    now += 4;
  }
  EXPECT_TRUE(is_linearizable(history, 1));
  std::swap(history[1997].message, history[1999].message);
  EXPECT_FALSE(is_linearizable(history, 1)) << "the last two were read the wrong way round";
}

/// The definition, word by word: some of the optional operations, in some order, are a run of the
/// queue that keeps the order of those that do not overlap.
class EveryOrder {
 public:
  EveryOrder(const History& history, std::size_t capacity) : capacity_(capacity) {
    for (const Operation& operation : history) {
      if (operation.ending == Ending::timed_out) continue;
      (operation.ending == Ending::done ? required_ : optional_).push_back(&operation);
    }
  }

  bool finds_one() const {
    for (std::size_t subset = 0; subset < std::size_t{1} << optional_.size(); ++subset) {
      auto chosen = required_;
      for (std::size_t i = 0; i < optional_.size(); ++i) {
        if ((subset >> i & 1) != 0) chosen.push_back(optional_[i]);
      }
      std::ranges::sort(chosen);
      do {
        if (keeps_time(chosen) && is_a_run(chosen)) return true;
      } while (std::ranges::next_permutation(chosen).found);
    }
    return false;
  }

 private:
  using Order = std::vector<const Operation*>;

  static bool keeps_time(const Order& order) {
    for (std::size_t i = 0; i < order.size(); ++i) {
      for (std::size_t j = i + 1; j < order.size(); ++j) {
        if (order[j]->ending == Ending::done && order[j]->returned < order[i]->called) return false;
      }
    }
    return true;
  }

  bool is_a_run(const Order& order) const {
    std::vector<MessageId> queue;
    for (const Operation* operation : order) {
      if (operation->kind == Kind::write) {
        if (queue.size() == capacity_) return false;
        queue.push_back(operation->message);
        continue;
      }
      if (queue.empty() || operation->torn) return false;
      if (operation->ending == Ending::done && queue.front() != operation->message) return false;
      queue.erase(queue.begin());
    }
    return true;
  }

  const std::size_t capacity_;
  Order required_, optional_;
};

/// Mostly what happens, now and then what must not.
History random_history(std::mt19937& random, std::size_t operations) {
  const auto below = [&](std::uint32_t bound) {
    return static_cast<std::uint32_t>(random()) % bound;
  };
  // Points in time close to each other, so that some operations overlap and most do not.
  std::vector<std::uint64_t> times(2 * operations);
  std::iota(times.begin(), times.end(), 1);
  for (std::size_t i = 0; i + 3 < times.size(); ++i) std::swap(times[i], times[i + below(4)]);
  History history;
  std::uint32_t written = 0, asked = 0;
  for (std::size_t i = 0; i < operations; ++i) {
    const auto [called, returned] = std::minmax(times[2 * i], times[2 * i + 1]);
    auto made =
        below(2) == 0 ? write(written++, called, returned) : read(asked++, called, returned);
    if (made.kind == Kind::read && below(8) == 0) made.message.sequence = below(3);
    if (below(4) == 0) {
      constexpr Ending endings[] = {Ending::pending, Ending::dead, Ending::timed_out};
      made.ending = endings[below(3)];
      if (made.ending != Ending::timed_out) made.returned = 0;
      if (made.kind == Kind::read) made.message = {};
    }
    made.torn = made.kind == Kind::read && made.ending == Ending::done && below(16) == 0;
    history.push_back(made);
  }
  return history;
}

TEST(Linearizability, AgreesWithEveryOrderOnRandomHistories) {
  std::mt19937 random(1);
  int linearizable = 0, not_linearizable = 0;
  for (int i = 0; i < 6000; ++i) {
    const auto history = random_history(random, 2 + i % 5);
    const int capacity = 1 + i % 3;
    const bool expected = EveryOrder(history, static_cast<std::size_t>(capacity)).finds_one();
    ++(expected ? linearizable : not_linearizable);
    ASSERT_EQ(is_linearizable(history, capacity), expected) << "history " << i;
  }
  EXPECT_GT(linearizable, 1000) << "or the comparison says little";
  EXPECT_GT(not_linearizable, 1000);
}

}  // namespace
}  // namespace minusone
