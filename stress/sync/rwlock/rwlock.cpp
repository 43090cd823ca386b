#include "stress/sync/rwlock/rwlock.h"

#include <cerrno>

#include "stress/sync/sync_model.h"

namespace minusone {

namespace rwlock {

namespace {

bool is_fresh(const KernelObject& object) {
  const auto& lock = object.as<ReadWriteLock>();
  return lock.writer < 0 && lock.readers == 0;
}

void add_to(const KernelObject& object, std::span<const std::byte>, StateSink& sink) {
  const auto& lock = object.as<ReadWriteLock>();
  sink.add(static_cast<std::uint64_t>(lock.writer));
  sink.add(static_cast<std::uint64_t>(lock.readers));
}

std::string value(const KernelObject& object, std::span<const std::byte>, const AgentNames& name) {
  const auto& lock = object.as<ReadWriteLock>();
  if (lock.writer >= 0) return "held by " + name(lock.writer);
  return lock.readers > 0 ? std::to_string(lock.readers) + " read" : "free";
}

/// What stands in b: one tries, and one has a deadline that has passed.
constexpr std::uint64_t tries = 1, too_late = 2;

}  // namespace

}  // namespace rwlock

const ObjectKind ReadWriteLock::kind{.name = "rwlock",
                                     .is_fresh = rwlock::is_fresh,
                                     .add_to = rwlock::add_to,
                                     .title = title_of_place,
                                     .value = rwlock::value,
                                     .unused = "free",
                                     .called = nullptr,
                                     .lent = nullptr};

namespace rwlock {

bool can_read(const SyncModel& model, const Context& call) {
  const auto* const lock = model.find<ReadWriteLock>(call.a);
  return lock == nullptr || call.b != 0 || lock->writer == call.id || lock->writer < 0;
}

bool can_write(const SyncModel& model, const Context& call) {
  const auto* const lock = model.find<ReadWriteLock>(call.a);
  if (lock == nullptr || call.b != 0 || lock->writer == call.id) return true;
  return lock->writer < 0 && lock->readers == 0;
}

std::int64_t read(SyncModel& model, Context& call) {
  auto& lock = model.object<ReadWriteLock>(call.a);
  if (lock.writer == call.id) return call.b == tries ? EBUSY : EDEADLK;
  if (lock.writer >= 0) return call.b == too_late ? ETIMEDOUT : EBUSY;
  ++lock.readers;
  return 0;
}

std::int64_t write(SyncModel& model, Context& call) {
  auto& lock = model.object<ReadWriteLock>(call.a);
  if (lock.writer == call.id) return call.b == tries ? EBUSY : EDEADLK;
  if (lock.writer >= 0 || lock.readers > 0) return call.b == too_late ? ETIMEDOUT : EBUSY;
  lock.writer = static_cast<std::int8_t>(call.id);
  return 0;
}

std::int64_t unlock(SyncModel& model, Context& call) {
  auto& lock = model.object<ReadWriteLock>(call.a);
  if (lock.writer >= 0) {
    lock.writer = -1;
  } else if (lock.readers > 0) {
    --lock.readers;
  }
  return 0;
}

std::int64_t forget(SyncModel& model, Context& call) {
  model.object<ReadWriteLock>(call.a) = {};
  return 0;
}

int writer(const SyncModel& model, const Context& call) {
  const auto* const lock = model.find<ReadWriteLock>(call.a);
  return lock == nullptr ? -1 : lock->writer;
}

bool only_tries(const Context& call) { return call.b != 0; }

void may_only_look(const SyncModel&, const Context& call, Step& step) {
  const auto result = static_cast<std::int64_t>(call.result);
  if (result == EBUSY || result == ETIMEDOUT) step.accesses[0].writes = false;
}

}  // namespace rwlock

}  // namespace minusone
