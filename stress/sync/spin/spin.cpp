#include "stress/sync/spin/spin.h"

#include <cerrno>

#include "stress/sync/sync_model.h"

namespace minusone {

namespace spin {

namespace {

bool is_fresh(const KernelObject& object) { return object.as<SpinLock>().owner < 0; }

void add_to(const KernelObject& object, std::span<const std::byte>, StateSink& sink) {
  sink.add(static_cast<std::uint64_t>(object.as<SpinLock>().owner));
}

std::string value(const KernelObject& object, std::span<const std::byte>, const AgentNames& name) {
  const int owner = object.as<SpinLock>().owner;
  return owner < 0 ? "free" : "held by " + name(owner);
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
                                .lent = nullptr};

namespace spin {

bool can_lock(const SyncModel& model, const Context& call) {
  const auto* const lock = model.find<SpinLock>(call.a);
  return lock == nullptr || lock->owner < 0;
}

std::int64_t lock(SyncModel& model, Context& call) {
  auto& lock = model.object<SpinLock>(call.a);
  if (lock.owner >= 0) return EBUSY;
  lock.owner = static_cast<std::int8_t>(call.id);
  return 0;
}

std::int64_t open(SyncModel& model, Context& call) {
  model.object<SpinLock>(call.a).owner = -1;
  return 0;
}

int holder(const SyncModel& model, const Context& call) {
  const auto* const lock = model.find<SpinLock>(call.a);
  return lock == nullptr ? -1 : lock->owner;
}

void may_only_look(const SyncModel&, const Context& call, Step& step) {
  if (call.result == EBUSY) step.accesses[0].writes = false;
}

}  // namespace spin

}  // namespace minusone
