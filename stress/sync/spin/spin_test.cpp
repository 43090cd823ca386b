// Spin locks beside glibc's.
#include "stress/sync/spin/spin.h"

#include <pthread.h>

#include "stress/sync/testing/beside_the_real.h"

namespace minusone {
namespace {

class TestedSpinLock : public Primitive {
 public:
  explicit TestedSpinLock(SyncModel&) { pthread_spin_init(&lock_, PTHREAD_PROCESS_PRIVATE); }
  std::optional<TestedCall> next(Random& random, int agent) override {
    if (random() % 2 == 0 && holder_ == agent) return release(agent);
    const bool would_spin = holder_ != -1;
    if (would_spin || random() % 2 == 0) {
      return TestedCall{"trylock", [this] { return pthread_spin_trylock(&lock_); },
                        announced(Action::spin_trylock, at(&lock_))};
    }
    return TestedCall{"lock", [this] { return pthread_spin_lock(&lock_); },
                      announced(Action::spin_lock, at(&lock_))};
  }
  std::optional<TestedCall> release(int) override {
    return TestedCall{"unlock", [this] { return pthread_spin_unlock(&lock_); },
                      announced(Action::spin_unlock, at(&lock_))};
  }
  void returned(int agent, const std::string& call, std::int64_t result) override {
    if (result == 0) holder_ = call == "unlock" ? -1 : agent;
  }

 private:
  pthread_spinlock_t lock_;
  int holder_ = -1;
};

TEST(SyncModelBlocks, AsSpinLocksDo) { compare_randomly<TestedSpinLock>(12, 4, 60); }

}  // namespace
}  // namespace minusone
