// Barriers beside glibc's.
#include "stress/sync/barrier/barrier.h"

#include <pthread.h>

#include "stress/sync/testing/beside_the_real.h"

namespace minusone {
namespace {

class TestedBarrier : public Primitive {
 public:
  TestedBarrier(SyncModel& model, unsigned count) {
    pthread_barrier_init(&barrier_, nullptr, count);
    perform(model, announced(Action::barrier_init, at(&barrier_), count));
  }
  std::optional<TestedCall> next(Random&, int agent) override { return release(agent); }
  std::optional<TestedCall> release(int) override {
    TestedCall call{"wait", [this] { return pthread_barrier_wait(&barrier_); },
                    announced(Action::barrier_arrive, at(&barrier_)),
                    announced(Action::barrier_awake, at(&barrier_))};
    call.result = [](std::int64_t value) {
      return value == 1 ? PTHREAD_BARRIER_SERIAL_THREAD : value;
    };
    return call;
  }

 private:
  pthread_barrier_t barrier_;
};

TEST(SyncModelBlocks, AsBarriersDo) {
  for (unsigned count : {1U, 2U, 3U}) compare_randomly<TestedBarrier>(8 + count, 2, 20, count);
}

}  // namespace
}  // namespace minusone
