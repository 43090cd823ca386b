// What is done once, beside glibc's pthread_once, as std::call_once has it.
#include "stress/sync/once/once.h"

#include <semaphore.h>

#include <atomic>
#include <mutex>

#include "stress/sync/testing/beside_the_real.h"

namespace minusone {
namespace {

/// Real threads that call std::call_once with a function that goes on when it is told to, and the
/// model's agents, who follow.
class BesideCallOnce {
 public:
  BesideCallOnce() { sem_init(&gate_, 0, 0); }

  bool busy(int agent) const { return busy_[static_cast<std::size_t>(agent)]; }
  /// The agent who is in the function; -1: nobody.
  int inside() const { return inside_; }

  void call(int agent) {
    busy_[static_cast<std::size_t>(agent)] = true;
    real_.start(agent, [this, agent]() -> std::int64_t {
      try {
        std::call_once(flag_, [this, agent] {
          inside_ = agent;
          sem_wait(&gate_);
          inside_ = -1;
          if (throws_) throw 1;
        });
      } catch (int) {
        return 1;
      }
      return 0;
    });
    compare();
  }
  /// Lets the function end. @pre inside() != -1
  void end(bool throws) {
    const int agent = inside();
    throws_ = throws;
    Context ends = announced(Action::once_end, at(&flag_), throws ? 0 : 1);
    ends.id = agent;
    perform(model_, ends);
    owner_ = -1;
    sem_post(&gate_);
    real_.settle();
    ASSERT_EQ(real_.result(agent), throws ? 1 : 0);
    busy_[static_cast<std::size_t>(agent)] = false;
    compare();
  }

 private:
  Context begins(int agent) const {
    Context call = announced(Action::once_begin, at(&flag_));
    call.id = agent;
    return call;
  }
  void compare() {
    real_.settle();
    // Which of those who wait comes next after one that threw glibc leaves open.
    if (inside() != -1 && owner_ == -1) {
      ASSERT_TRUE(model_.enabled(begins(inside())));
      ASSERT_EQ(perform(model_, begins(inside())), 1);
      owner_ = inside();
    }
    ASSERT_EQ(owner_, inside());
    for (int agent = 0; agent < agents; ++agent) {
      if (!busy(agent) || agent == owner_) continue;
      ASSERT_EQ(real_.result(agent).has_value(), model_.enabled(begins(agent))) << agent;
      if (!real_.result(agent)) {
        ASSERT_EQ(call_of(Action::once_begin).holder(model_, begins(agent)), owner_);
        continue;
      }
      ASSERT_EQ(*real_.result(agent), perform(model_, begins(agent)));
      busy_[static_cast<std::size_t>(agent)] = false;
    }
  }

  SyncModel model_;
  std::once_flag flag_;
  sem_t gate_;
  std::atomic<int> inside_{-1};
  std::atomic<bool> throws_{false};
  int owner_ = -1;
  std::array<bool, agents> busy_{};
  RealAgents real_{agents};
};

TEST(SyncModelBlocks, AsCallOnceDoesAlsoWhereTheFunctionThrows) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "ThreadSanitizer knows nothing of how these threads are led";
#endif
  const OnOneCpu on_one_cpu;
  Random random(3);
  for (int round = 0; round < 10; ++round) {
    auto pair = std::make_unique<BesideCallOnce>();
    for (int step = 0; step < 20 && !HasFatalFailure(); ++step) {
      const int agent = static_cast<int>(random() % agents);
      if (random() % 2 == 0 && !pair->busy(agent)) {
        pair->call(agent);
      } else if (pair->inside() != -1) {
        pair->end(random() % 3 != 0);
      }
    }
    while (pair->inside() != -1 && !HasFatalFailure()) pair->end(false);
    if (HasFatalFailure()) {
      static_cast<void>(pair.release());  // who is in the function cannot be brought back
      FAIL() << "round " << round;
    }
  }
}

}  // namespace
}  // namespace minusone
