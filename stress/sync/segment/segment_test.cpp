// System V segments beside the kernel's.
#include "stress/sync/segment/segment.h"

#include <sys/ipc.h>
#include <sys/shm.h>

#include <map>
#include <vector>

#include "protocol/run_log.h"
#include "stress/sync/testing/beside_the_real.h"

namespace minusone {
namespace {

/// The same calls on both sides. The kernel's ids and addresses stand for the model's.
class BesideTheKernel {
 public:
  explicit BesideTheKernel(int keys) : room_(16 << 20) {
    for (int i = 0; i < keys; ++i) keys_.push_back(log_.reserve_key("shm"));
    model_.set_room(room_);
  }
  ~BesideTheKernel() {
    for (const auto& [id, real] : ids_) shmctl(real, IPC_RMID, nullptr);
    for (const auto& [place, real] : places_) shmdt(real);
  }

  int keys() const { return static_cast<int>(keys_.size()); }
  /// An id that some call returned, or one that none did.
  std::int64_t some_id(Random& random) const {
    return static_cast<std::int64_t>(random() % (ids_.size() + 2));
  }

  void get(int which, std::size_t bytes, int flags) {
    const key_t key = which < 0 ? IPC_PRIVATE : keys_[static_cast<std::size_t>(which)];
    const auto real = answer(shmget(key, bytes, flags | 0600));
    const auto modelled = perform(model_, announced(Action::shmget, static_cast<std::uint64_t>(key),
                                                    bytes, static_cast<std::uint64_t>(flags)));
    ASSERT_EQ(real < 0 ? real : 0, modelled < 0 ? modelled : 0);
    if (real < 0) return;
    const auto [known, is_new] = ids_.try_emplace(modelled, static_cast<int>(real));
    ASSERT_EQ(known->second, real) << "another segment than the model's " << modelled;
  }
  void attach(int agent, std::int64_t id) {
    const auto modelled = call(agent, Action::shmat, static_cast<std::uint64_t>(id));
    // It has it already: the model has no second place for it, and says so.
    if (model_.misuse()) {
      ASSERT_TRUE(model_.misuse()->not_modelled);
      return;
    }
    void* const real = shmat(real_id(id), nullptr, 0);
    const bool refused = real == reinterpret_cast<void*>(-1);
    ASSERT_EQ(refused ? without_idrm(-errno) : 0, modelled < 0 ? modelled : 0);
    if (refused) return;
    places_[{agent, modelled}] = real;
    // Who attached it earlier wrote to it, or nobody did; all see the same.
    auto* const word = static_cast<int*>(real);
    auto* const its = reinterpret_cast<int*>(modelled);
    ASSERT_EQ(*word, *its);
    ++*word;
    ++*its;
  }
  void detach(int agent, std::int64_t id) {
    const auto* const segment = model_.find<SysvSegment>(static_cast<std::uint64_t>(id));
    const auto place = static_cast<std::int64_t>(
        at(room_.data()) + (segment == nullptr ? room_.size() - 4096 : segment->offset));
    const auto known = places_.find({agent, place});
    // A page of our own: no segment lies there.
    const auto real =
        answer(shmdt(known == places_.end() ? reinterpret_cast<void*>(4096) : known->second));
    ASSERT_EQ(real, call(agent, Action::shmdt, static_cast<std::uint64_t>(place)));
    if (known != places_.end()) places_.erase(known);
  }
  void remove(std::int64_t id) {
    const auto real = answer(shmctl(real_id(id), IPC_RMID, nullptr));
    ASSERT_EQ(without_idrm(real), call(0, Action::shmctl, static_cast<std::uint64_t>(id)));
  }

 private:
  // Once the kernel has given a place to a newer segment, the older one's id is EIDRM.
  static std::int64_t without_idrm(std::int64_t result) {
    return result == -EIDRM ? -EINVAL : result;
  }
  int real_id(std::int64_t id) const {
    const auto known = ids_.find(id);
    return known == ids_.end() ? -1 : known->second;
  }
  std::int64_t call(int agent, Action action, std::uint64_t a) {
    Context context = announced(action, a, IPC_RMID);
    context.id = agent;
    return model_.perform(context);
  }

  RunLog log_;
  std::vector<std::byte> room_;
  std::vector<key_t> keys_;
  SyncModel model_;
  std::map<std::int64_t, int> ids_;
  std::map<std::pair<int, std::int64_t>, void*> places_;
};

TEST(SyncModel, AnswersRandomSegmentCallsAsTheKernelDoes) {
  Random random(7);
  for (int round = 0; round < 30; ++round) {
    BesideTheKernel pair(2);
    for (int step = 0; step < 60; ++step) {
      const int agent = static_cast<int>(random() % agents);
      switch (random() % 5) {
        case 0:
        case 1: {
          const int some_flags[] = {0, IPC_CREAT, IPC_CREAT, IPC_CREAT | IPC_EXCL};
          const int which = static_cast<int>(random() % 5) == 0 ? -1 : random() % 2;
          pair.get(which, random() % 3 * 5000, some_flags[random() % 4]);
          break;
        }
        case 2:
          pair.attach(agent, pair.some_id(random));
          break;
        case 3:
          pair.detach(agent, pair.some_id(random));
          break;
        default:
          if (random() % 3 == 0) pair.remove(pair.some_id(random));
      }
      ASSERT_FALSE(HasFatalFailure()) << "round " << round << ", step " << step;
    }
  }
}

}  // namespace
}  // namespace minusone
