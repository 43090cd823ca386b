// POSIX semaphores beside glibc's.
#include "stress/sync/semaphore/semaphore.h"

#include <semaphore.h>

#include "stress/sync/testing/beside_the_real.h"

namespace minusone {
namespace {

TEST(SyncModel, AnswersRandomPosixSemaphoreCallsAsGlibcDoes) {
  std::mt19937 random(2);
  for (int round = 0; round < 100; ++round) {
    sem_t semaphore;
    SyncModel model;
    const unsigned start = random() % 4 == 0 ? SEM_VALUE_MAX : random() % 3;
    sem_init(&semaphore, 1, start);
    perform(model, announced(Action::sem_init, at(&semaphore), start));
    for (int step = 0; step < 50; ++step) {
      int value = 0;
      switch (random() % 3) {
        case 0:
          ASSERT_EQ(answer(sem_trywait(&semaphore)),
                    perform(model, announced(Action::sem_trywait, at(&semaphore))));
          break;
        case 1:
          ASSERT_EQ(answer(sem_post(&semaphore)),
                    perform(model, announced(Action::sem_post, at(&semaphore))));
          break;
        default:
          sem_getvalue(&semaphore, &value);
          ASSERT_EQ(value, perform(model, announced(Action::sem_getvalue, at(&semaphore))));
          ASSERT_EQ(value > 0, model.enabled(announced(Action::sem_wait, at(&semaphore))));
      }
    }
    sem_destroy(&semaphore);
  }
}

class TestedSemaphore : public Primitive {
 public:
  explicit TestedSemaphore(SyncModel& model) {
    sem_init(&semaphore_, 0, 1);
    perform(model, announced(Action::sem_init, at(&semaphore_), 1));
  }
  std::optional<TestedCall> next(Random& random, int agent) override {
    switch (random() % 6) {
      case 0:
      case 1:
        return TestedCall{"wait", [this] { return answer(sem_wait(&semaphore_)); },
                          announced(Action::sem_wait, at(&semaphore_))};
      case 2:
        return TestedCall{"trywait", [this] { return answer(sem_trywait(&semaphore_)); },
                          announced(Action::sem_trywait, at(&semaphore_))};
      case 3:
        return TestedCall{"timedwait", [this] { return answer(sem_timedwait(&semaphore_, &past)); },
                          announced(Action::sem_timedwait, at(&semaphore_), 1)};
      case 4:
        return TestedCall{"getvalue",
                          [this] {
                            int value = -1;
                            return sem_getvalue(&semaphore_, &value) == 0 ? value : -errno;
                          },
                          announced(Action::sem_getvalue, at(&semaphore_))};
      default:
        return release(agent);
    }
  }
  std::optional<TestedCall> release(int) override {
    return TestedCall{"post", [this] { return answer(sem_post(&semaphore_)); },
                      announced(Action::sem_post, at(&semaphore_))};
  }

 private:
  sem_t semaphore_;
};

TEST(SyncModelBlocks, AsPosixSemaphoresDo) { compare_randomly<TestedSemaphore>(6, 6, 50); }

}  // namespace
}  // namespace minusone
