// Condition variables beside glibc's.
#include "stress/sync/condition/condition.h"

#include <pthread.h>

#include "stress/sync/testing/beside_the_real.h"

namespace minusone {
namespace {

class TestedCondition : public Primitive {
 public:
  explicit TestedCondition(SyncModel&) {}
  std::optional<TestedCall> next(Random& random, int agent) override {
    const bool holds = holder_ == agent;
    switch (random() % 5) {
      case 0:
        if (!holds) return lock();
        return TestedCall{"wait", [this] { return pthread_cond_wait(&condition_, &mutex_); },
                          announced(Action::cond_release, at(&condition_), at(&mutex_)),
                          announced(Action::cond_awake, at(&condition_), at(&mutex_))};
      case 1: {
        if (!holds) return lock();
        // As the runtime makes it of a deadline that has passed.
        TestedCall call{"timedwait",
                        [this] { return pthread_cond_timedwait(&condition_, &mutex_, &past); },
                        announced(Action::cond_release, at(&condition_), at(&mutex_), 1),
                        announced(Action::mutex_lock, at(&mutex_))};
        call.result = [](std::int64_t value) { return value == 0 ? ETIMEDOUT : value; };
        return call;
      }
      case 2:
        return TestedCall{"signal", [this] { return pthread_cond_signal(&condition_); },
                          announced(Action::cond_signal, at(&condition_))};
      case 3:
        return broadcast();
      default:
        if (!holds) return lock();
        return unlock();
    }
  }
  std::optional<TestedCall> release(int agent) override {
    if (holder_ == agent) return unlock();
    return broadcast();
  }
  void returned(int agent, const std::string& call, std::int64_t) override {
    if (call == "lock" || call == "wait" || call == "timedwait") holder_ = agent;
  }

 private:
  TestedCall lock() {
    return {"lock", [this] { return pthread_mutex_lock(&mutex_); },
            announced(Action::mutex_lock, at(&mutex_))};
  }
  TestedCall unlock() {
    holder_ = -1;
    return {"unlock", [this] { return pthread_mutex_unlock(&mutex_); },
            announced(Action::mutex_unlock, at(&mutex_))};
  }
  TestedCall broadcast() {
    return {"broadcast", [this] { return pthread_cond_broadcast(&condition_); },
            announced(Action::cond_broadcast, at(&condition_))};
  }

  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t condition_ = PTHREAD_COND_INITIALIZER;
  int holder_ = -1;
};

TEST(SyncModelBlocks, AsConditionVariablesDo) { compare_randomly<TestedCondition>(5, 8, 50); }

}  // namespace
}  // namespace minusone
