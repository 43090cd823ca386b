// Joins beside pthread_join().
#include "stress/sync/thread/thread.h"

#include <pthread.h>
#include <semaphore.h>

#include "stress/sync/testing/beside_the_real.h"

namespace minusone {
namespace {

/// Real threads that end when they are told to, and what a machine would tell of them.
class Ending : public Threads {
 public:
  int next() const override { return agents; }
  Ending() {
    for (std::size_t i = 0; i < agents; ++i) {
      sem_init(&gates_[i], 0, 0);
      pthread_create(
          &threads_[i], nullptr,
          [](void* gate) {
            sem_wait(static_cast<sem_t*>(gate));
            return gate;
          },
          &gates_[i]);
    }
  }
  void end(int thread) {
    finished_[static_cast<std::size_t>(thread)] = true;
    sem_post(&gates_[static_cast<std::size_t>(thread)]);
  }
  pthread_t real(int thread) const { return threads_[static_cast<std::size_t>(thread)]; }

  bool has_finished(int agent) const override { return finished_[static_cast<std::size_t>(agent)]; }
  std::uint64_t result_of(int agent) const override {
    return at(&gates_[static_cast<std::size_t>(agent)]);
  }
  bool is_given_up(int, int) const override { return false; }

 private:
  std::array<sem_t, agents> gates_;
  std::array<pthread_t, agents> threads_;
  std::array<bool, agents> finished_{};
};

struct EndAll {
  Ending& threads;
  ~EndAll() {
    for (int i = 0; i < agents; ++i) threads.end(i);
  }
};

TEST(SyncModelBlocks, AsJoinsDo) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "ThreadSanitizer knows nothing of how these threads are led";
#endif
  const OnOneCpu on_one_cpu;
  Random random(4);
  for (int round = 0; round < 20; ++round) {
    Ending threads;
    SyncModel model;
    model.set_threads(&threads);
    RealAgents real(agents);
    const EndAll at_the_end{threads};  // also where the test fails, or joiners would wait for ever
    std::array<bool, agents> joins{};
    // Joiner i joins thread i; who ends and who joins comes in any order.
    for (int left = 2 * agents; left > 0;) {
      const auto which = random() % agents;
      const int agent = static_cast<int>(which);
      if (random() % 2 == 0) {
        if (threads.has_finished(agent)) continue;
        threads.end(agent);
      } else {
        if (joins[which]) continue;
        joins[which] = true;
        real.start(agent, [&threads, agent] {
          void* result = nullptr;
          pthread_join(threads.real(agent), &result);
          return static_cast<std::int64_t>(at(result));
        });
      }
      --left;
      real.settle();
      for (int joiner = 0; joiner < agents; ++joiner) {
        if (!joins[static_cast<std::size_t>(joiner)]) continue;
        const Context call = announced(Action::join, static_cast<std::uint64_t>(joiner));
        // A thread that was let go may take a while to its end: this waits for it.
        while (threads.has_finished(joiner) && !real.result(joiner)) std::this_thread::yield();
        ASSERT_EQ(real.result(joiner).has_value(), model.enabled(call)) << "round " << round;
        if (!model.enabled(call)) {
          ASSERT_EQ(call_of(Action::join).holder(model, call), joiner);
        } else {
          ASSERT_EQ(*real.result(joiner), perform(model, call)) << "round " << round;
        }
      }
    }
  }
}

TEST(SyncModel, LetsNobodyJoinWhereNoMachineHasThreads) {
  SyncModel model;
  EXPECT_FALSE(model.enabled(announced(Action::join, 0)));
}

}  // namespace
}  // namespace minusone
