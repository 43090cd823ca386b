// Read-write locks beside glibc's.
#include "stress/sync/rwlock/rwlock.h"

#include <pthread.h>

#include "stress/sync/testing/beside_the_real.h"

namespace minusone {
namespace {

class TestedReadWriteLock : public Primitive {
 public:
  explicit TestedReadWriteLock(SyncModel&) {}
  std::optional<TestedCall> next(Random& random, int agent) override {
    const std::uint64_t how = random() % 3;  // for ever, try, with a deadline that has passed
    const bool writes = random() % 2 == 0;
    if (random() % 3 == 0) return release(agent);
    // A reader that would write waits for itself.
    if (how == 0 && writes && reads(agent) > 0) return std::nullopt;
    const auto model =
        announced(writes ? Action::rwlock_write : Action::rwlock_read, at(&lock_), how);
    return TestedCall{writes ? "wrlock" : "rdlock", [=, this] { return take(writes, how); }, model};
  }
  std::optional<TestedCall> release(int agent) override {
    if (reads(agent) == 0 && writer_ != agent) return std::nullopt;
    return TestedCall{"unlock", [this] { return pthread_rwlock_unlock(&lock_); },
                      announced(Action::rwlock_unlock, at(&lock_))};
  }
  void returned(int agent, const std::string& call, std::int64_t result) override {
    if (result != 0) return;
    if (call == "rdlock") ++reads(agent);
    if (call == "wrlock") writer_ = agent;
    if (call == "unlock" && writer_ != agent) --reads(agent);
    if (call == "unlock" && writer_ == agent) writer_ = -1;
  }

 private:
  int take(bool writes, std::uint64_t how) {
    switch (how) {
      case 0:
        return writes ? pthread_rwlock_wrlock(&lock_) : pthread_rwlock_rdlock(&lock_);
      case 1:
        return writes ? pthread_rwlock_trywrlock(&lock_) : pthread_rwlock_tryrdlock(&lock_);
      default:
        return writes ? pthread_rwlock_timedwrlock(&lock_, &past)
                      : pthread_rwlock_timedrdlock(&lock_, &past);
    }
  }
  int& reads(int agent) { return reads_[static_cast<std::size_t>(agent)]; }

  pthread_rwlock_t lock_ = PTHREAD_RWLOCK_INITIALIZER;
  std::array<int, agents> reads_{};
  int writer_ = -1;
};

TEST(SyncModelBlocks, AsReadWriteLocksDo) { compare_randomly<TestedReadWriteLock>(4, 6, 50); }

}  // namespace
}  // namespace minusone
