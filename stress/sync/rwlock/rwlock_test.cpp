// Read-write locks beside glibc's.
#include "stress/sync/rwlock/rwlock.h"

#include <pthread.h>

#include "stress/sync/testing/beside_the_real.h"

namespace minusone {
namespace {

class TestedReadWriteLock : public Primitive {
 public:
  TestedReadWriteLock(SyncModel& model, int kind) : writers_come_first_(kind == writers_first) {
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setkind_np(&attributes, kind);
    pthread_rwlock_init(&lock_, &attributes);
    perform(model, announced(Action::rwlock_init, at(&lock_), static_cast<std::uint64_t>(kind)));
  }
  std::optional<TestedCall> next(Random& random, int agent) override {
    const auto how = static_cast<How>(random() % 3);
    const bool writes = random() % 2 == 0;
    if (random() % 3 == 0) return release(agent);
    // A reader that would write waits for itself; and one that reads again, for a writer that waits
    // for it.
    const bool waits = how == How::for_ever;
    if (waits && (writes || writers_come_first_) && reads(agent) > 0) return std::nullopt;
    const auto taken = announced(writes ? Action::rwlock_write : Action::rwlock_read, at(&lock_),
                                 static_cast<std::uint64_t>(how));
    TestedCall call{writes ? "wrlock" : "rdlock", [=, this] { return take(writes, how); }, taken};
    if (!waits || !writes || !writers_come_first_) return call;
    call.first = announced(Action::rwlock_arrive, at(&lock_));
    call.then = taken;
    return call;
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
  using How = rwlock::How;
  static constexpr int writers_first = PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP;

  int take(bool writes, How how) {
    switch (how) {
      case How::for_ever:
        return writes ? pthread_rwlock_wrlock(&lock_) : pthread_rwlock_rdlock(&lock_);
      case How::tries:
        return writes ? pthread_rwlock_trywrlock(&lock_) : pthread_rwlock_tryrdlock(&lock_);
      default:
        return writes ? pthread_rwlock_timedwrlock(&lock_, &past)
                      : pthread_rwlock_timedrdlock(&lock_, &past);
    }
  }
  int& reads(int agent) { return reads_[static_cast<std::size_t>(agent)]; }

  const bool writers_come_first_;
  pthread_rwlock_t lock_;
  std::array<int, agents> reads_{};
  int writer_ = -1;
};

TEST(SyncModelBlocks, AsReadWriteLocksOfAllKindsDo) {
  for (const int kind : {PTHREAD_RWLOCK_PREFER_READER_NP, PTHREAD_RWLOCK_PREFER_WRITER_NP,
                         PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP})
    compare_randomly<TestedReadWriteLock>(4, 6, 50, kind);
}

}  // namespace
}  // namespace minusone
