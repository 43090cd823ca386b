// Mutexes beside glibc's.
#include "stress/sync/mutex/mutex.h"

#include <gtest/gtest.h>

#include "stress/sync/testing/beside_the_real.h"

namespace minusone {
namespace {

TEST(SyncModel, AnswersRandomMutexCallsOfAllTypesAsGlibcDoes) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "ThreadSanitizer reports the wrong calls that this test makes on purpose";
#endif
  std::mt19937 random(3);
  for (int type : {PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_ERRORCHECK}) {
    for (int robust : {PTHREAD_MUTEX_STALLED, PTHREAD_MUTEX_ROBUST}) {
      pthread_mutexattr_t attributes;
      pthread_mutexattr_init(&attributes);
      pthread_mutexattr_settype(&attributes, type);
      pthread_mutexattr_setrobust(&attributes, robust);
      pthread_mutex_t mutex;
      pthread_mutex_init(&mutex, &attributes);
      SyncModel model;
      perform(model, announced(Action::mutex_init, at(&mutex), static_cast<std::uint64_t>(type),
                               robust == PTHREAD_MUTEX_ROBUST));
      int depth = 0;
      for (int step = 0; step < 200; ++step) {
        const Context lock = announced(Action::mutex_lock, at(&mutex));
        const Context unlock = announced(Action::mutex_unlock, at(&mutex));
        switch (random() % 4) {
          case 0: {
            if (!model.enabled(lock)) break;  // would block for ever
            const int real = pthread_mutex_lock(&mutex);
            depth += real == 0;
            ASSERT_EQ(real, perform(model, lock)) << "type " << type;
            break;
          }
          case 1: {
            const int real = pthread_mutex_trylock(&mutex);
            depth += real == 0;
            ASSERT_EQ(real, perform(model, announced(Action::mutex_trylock, at(&mutex))));
            break;
          }
          case 2: {
            // Unlocking a normal mutex that nobody holds is undefined.
            if (depth == 0 && type == PTHREAD_MUTEX_NORMAL) break;
            const int real = pthread_mutex_unlock(&mutex);
            depth -= real == 0;
            ASSERT_EQ(real, perform(model, unlock)) << "type " << type;
            break;
          }
          default:
            ASSERT_EQ(pthread_mutex_consistent(&mutex),
                      perform(model, announced(Action::mutex_consistent, at(&mutex))));
        }
      }
      while (depth-- > 0) pthread_mutex_unlock(&mutex);
      pthread_mutex_destroy(&mutex);
    }
  }
}

class TestedMutex : public Primitive {
 public:
  TestedMutex(SyncModel& model, int type) : type_(type) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, type);
    pthread_mutex_init(&mutex_, &attributes);
    perform(model, announced(Action::mutex_init, at(&mutex_), static_cast<std::uint64_t>(type)));
  }
  std::optional<TestedCall> next(Random& random, int agent) override {
    switch (random() % 4) {
      case 0:
        // Who has a normal one and takes it again waits for ever.
        if (type_ == PTHREAD_MUTEX_NORMAL && held(agent) > 0) return std::nullopt;
        return TestedCall{"lock", [this] { return pthread_mutex_lock(&mutex_); },
                          announced(Action::mutex_lock, at(&mutex_))};
      case 1:
        return TestedCall{"trylock", [this] { return pthread_mutex_trylock(&mutex_); },
                          announced(Action::mutex_trylock, at(&mutex_))};
      case 2:
        if (random() % 2 == 0) {
          return TestedCall{"timedlock until no time",
                            [this] { return pthread_mutex_timedlock(&mutex_, &no_time); },
                            announced(Action::mutex_timedlock, at(&mutex_), 2)};
        }
        return TestedCall{"timedlock", [this] { return pthread_mutex_timedlock(&mutex_, &past); },
                          announced(Action::mutex_timedlock, at(&mutex_), 1)};
      default:
        return unlock(agent);
    }
  }
  std::optional<TestedCall> release(int agent) override {
    return held(agent) > 0 ? unlock(agent) : std::nullopt;
  }
  void returned(int agent, const std::string& call, std::int64_t result) override {
    if (result == 0) held(agent) += call == "unlock" ? -1 : 1;
  }

 private:
  std::optional<TestedCall> unlock(int agent) {
    if (type_ == PTHREAD_MUTEX_NORMAL && held(agent) == 0) return std::nullopt;  // undefined
    return TestedCall{"unlock", [this] { return pthread_mutex_unlock(&mutex_); },
                      announced(Action::mutex_unlock, at(&mutex_))};
  }
  int& held(int agent) { return held_[static_cast<std::size_t>(agent)]; }

  int type_;
  pthread_mutex_t mutex_;
  std::array<int, agents> held_{};
};

TEST(SyncModelBlocks, AsMutexesOfAllTypesDo) {
  for (int type : {PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_ERRORCHECK})
    compare_randomly<TestedMutex>(static_cast<unsigned>(type), 3, 50, type);
}

}  // namespace
}  // namespace minusone
