#include "stress/sync/spin/spin.h"

#include <pthread.h>

#include <cerrno>

#include "stress/sync/life.h"
#include "stress/sync/sync_model.h"

namespace minusone {

namespace spin {

namespace {

bool is_fresh(const KernelObject& object) {
  const auto& lock = object.as<SpinLock>();
  return lock.owner < 0 && is_fresh(lock.life);
}

void add_to(const KernelObject& object, std::span<const std::byte>, StateSink& sink) {
  const auto& lock = object.as<SpinLock>();
  sink.add(static_cast<std::uint64_t>(lock.owner));
  add_life(lock.life, sink);
}

std::string value(const KernelObject& object, std::span<const std::byte>, const AgentNames& name) {
  const auto& lock = object.as<SpinLock>();
  if (lock.life.stage == Life::Stage::destroyed) return "destroyed";
  return lock.owner < 0 ? "free" : "held by " + name(lock.owner);
}

constexpr ObjectWords words{"spin lock", "pthread_spin_init()", ""};

// Which word is a free one differs between machines: on x86-64 1 is, so a zeroed lock is held.
std::int32_t free_word() {
  static const std::int32_t word = [] {
    pthread_spinlock_t lock;
    pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
    return static_cast<std::int32_t>(lock);
  }();
  return word;
}

}  // namespace

}  // namespace spin

const ObjectKind SpinLock::kind{.name = "spin",
                                .is_fresh = spin::is_fresh,
                                .add_to = spin::add_to,
                                .title = title_of_place,
                                .value = spin::value,
                                .unused = "free",
                                .called = nullptr,
                                .lent = nullptr,
                                .own_bytes = sizeof(SpinLock::Bytes)};

SpinLock SpinLock::of(const Bytes& bytes) {
  SpinLock lock;
  if (bytes.word == spin::free_word()) return lock;
  lock.life.stage =
      bytes.word == destroyed_mark ? Life::Stage::destroyed : Life::Stage::never_initialised;
  return lock;
}

SpinLock::Bytes SpinLock::bytes() const {
  if (life.stage == Life::Stage::destroyed) return {destroyed_mark};
  return {owner < 0 ? spin::free_word() : 1 - spin::free_word()};
}

namespace spin {

bool can_lock(const SyncModel& model, const Context& call) {
  const auto lock = model.in_bytes<SpinLock>(call.a);
  return lock.owner < 0 || is_refused(lock.life);
}

std::int64_t lock(SyncModel& model, Context& call) {
  auto* const lock = used<SpinLock>(model, call, call.a, words);
  if (lock == nullptr) return EINVAL;
  if (lock->owner >= 0) return EBUSY;
  lock->owner = static_cast<std::int8_t>(call.id);
  model.leave_bytes(call.a, *lock);
  return 0;
}

std::int64_t open(SyncModel& model, Context& call) {
  auto* const lock = used<SpinLock>(model, call, call.a, words);
  if (lock == nullptr) return EINVAL;
  if (lock->owner != call.id)
    return model.misused(not_by_holder("spin lock", "opened", lock->owner));
  lock->owner = -1;
  model.leave_bytes(call.a, *lock);
  return 0;
}

std::int64_t initialise(SyncModel& model, Context& call) {
  begin_life<SpinLock>(model, call.a, {});
  return 0;
}

std::int64_t destroy(SyncModel& model, Context& call) {
  const auto& lock = model.object_in_bytes<SpinLock>(call.a);
  if (!may_end(model, lock.life, words)) return EINVAL;
  if (lock.owner >= 0) return model.misused(while_held("spin lock", lock.owner));
  end_life<SpinLock>(model, call, call.a);
  return 0;
}

int holder(const SyncModel& model, const Context& call) {
  return model.in_bytes<SpinLock>(call.a).owner;
}

void may_only_look(const SyncModel&, const Context& call, Step& step) {
  if (call.result == EBUSY) step.accesses[0].writes = false;
}

}  // namespace spin

}  // namespace minusone
