#include "stress/sync/rwlock/rwlock.h"

#include <pthread.h>

#include <cerrno>

#include "stress/sync/life.h"
#include "stress/sync/sync_model.h"

namespace minusone {

namespace rwlock {

namespace {

bool is_fresh(const KernelObject& object) {
  const auto& lock = object.as<ReadWriteLock>();
  return lock.writer < 0 && lock.readers == 0 && lock.arrived == 0 && is_fresh(lock.life);
}

void add_to(const KernelObject& object, std::span<const std::byte>, StateSink& sink) {
  const auto& lock = object.as<ReadWriteLock>();
  sink.add(static_cast<std::uint64_t>(lock.writer));
  sink.add(static_cast<std::uint64_t>(lock.readers));
  sink.add(lock.arrived);
  for (const auto times : lock.reads) sink.add_detail(times);
  add_life(lock.life, sink);
}

std::string value(const KernelObject& object, std::span<const std::byte>, const AgentNames& name) {
  const auto& lock = object.as<ReadWriteLock>();
  if (lock.life.stage == Life::Stage::destroyed) return "destroyed";
  if (lock.writer >= 0) return "held by " + name(lock.writer);
  return lock.readers > 0 ? std::to_string(lock.readers) + " read" : "free";
}

constexpr ObjectWords words{"read-write lock", "pthread_rwlock_init() or an initialiser",
                            "pthread_rwlockattr_setpshared(PTHREAD_PROCESS_SHARED) is missing"};

std::uint8_t& reads_of(ReadWriteLock& lock, int agent) {
  return lock.reads[static_cast<std::size_t>(agent)];
}

bool lets_read(const ReadWriteLock& lock) { return lock.writer < 0 && lock.arrived == 0; }

bool never_waits(const Context& call) {
  return how(call) == How::tries || how(call) == How::until_past;
}

/// @return what a call that finds the lock taken comes to
std::int64_t refusal(const Context& call) { return how(call) == How::tries ? EBUSY : ETIMEDOUT; }

int one_of(const ReadWriteLock& lock) {
  for (int agent = 0; agent < max_agents; ++agent) {
    if (lock.reads[static_cast<std::size_t>(agent)] > 0) return agent;
  }
  return -1;
}

}  // namespace

}  // namespace rwlock

const ObjectKind ReadWriteLock::kind{.name = "rwlock",
                                     .is_fresh = rwlock::is_fresh,
                                     .add_to = rwlock::add_to,
                                     .title = title_of_place,
                                     .value = rwlock::value,
                                     .unused = "free",
                                     .called = nullptr,
                                     .lent = nullptr,
                                     .own_bytes = sizeof(ReadWriteLock::Bytes)};

ReadWriteLock ReadWriteLock::of(const Bytes& bytes) {
  ReadWriteLock lock{.kind_of_preference = static_cast<std::uint8_t>(bytes.flags),
                     .life = {.shared = bytes.shared != 0}};
  Bytes unused = lock.bytes();
  unused.shared = bytes.shared;
  if (bytes.flags == destroyed_mark) {
    lock.life.stage = Life::Stage::destroyed;
  } else if (bytes != unused || bytes.flags > PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP) {
    lock.life.stage = Life::Stage::never_initialised;
  }
  return lock;
}

ReadWriteLock::Bytes ReadWriteLock::bytes() const {
  const unsigned phase = writer < 0 ? 0 : 3;
  return {.state = {static_cast<std::uint32_t>(readers) << 3 | phase},
          .writer = thread_id_of(writer),
          .shared = life.shared ? 1 : 0,
          .unused = {},
          .flags = life.stage == Life::Stage::destroyed ? destroyed_mark : kind_of_preference};
}

namespace rwlock {

bool can_read(const SyncModel& model, const Context& call) {
  const auto lock = model.in_bytes<ReadWriteLock>(call.a);
  return never_waits(call) || lock.writer == call.id || lets_read(lock) || is_refused(lock.life);
}

bool can_write(const SyncModel& model, const Context& call) {
  const auto lock = model.in_bytes<ReadWriteLock>(call.a);
  if (never_waits(call) || lock.writer == call.id || is_refused(lock.life)) return true;
  return lock.writer < 0 && lock.readers == 0;
}

std::int64_t read(SyncModel& model, Context& call) {
  auto* const lock = used<ReadWriteLock>(model, call, call.a, words);
  if (lock == nullptr) return EINVAL;
  if (lock->writer == call.id) return how(call) == How::tries ? EBUSY : EDEADLK;
  if (!lets_read(*lock)) return refusal(call);
  ++lock->readers;
  ++reads_of(*lock, call.id);
  model.leave_bytes(call.a, *lock);
  return 0;
}

std::int64_t write(SyncModel& model, Context& call) {
  auto* const lock = used<ReadWriteLock>(model, call, call.a, words);
  if (lock == nullptr) return EINVAL;
  if (lock->writer == call.id) return how(call) == How::tries ? EBUSY : EDEADLK;
  if (lock->writer >= 0 || lock->readers > 0) return refusal(call);
  lock->arrived = without(lock->arrived, call.id);
  lock->writer = static_cast<std::int8_t>(call.id);
  model.leave_bytes(call.a, *lock);
  return 0;
}

// Who holds it already learns so from the write.
std::int64_t arrive(SyncModel& model, Context& call) {
  auto* const lock = used<ReadWriteLock>(model, call, call.a, words);
  if (lock == nullptr) return EINVAL;
  if (lock->writer != call.id) lock->arrived = with(lock->arrived, call.id);
  return 0;
}

// Readers that it kept out can go on.
std::int64_t depart(SyncModel& model, Context& call) {
  auto* const lock = used<ReadWriteLock>(model, call, call.a, words);
  if (lock == nullptr) return EINVAL;
  lock->arrived = without(lock->arrived, call.id);
  return 0;
}

std::int64_t unlock(SyncModel& model, Context& call) {
  auto* const lock = used<ReadWriteLock>(model, call, call.a, words);
  if (lock == nullptr) return EINVAL;
  if (lock->writer == call.id) {
    lock->writer = -1;
  } else if (reads_of(*lock, call.id) > 0) {
    --reads_of(*lock, call.id);
    --lock->readers;
  } else {
    return model.misused(not_by_holder("read-write lock", "unlocked",
                                       lock->writer >= 0 ? lock->writer : one_of(*lock)));
  }
  model.leave_bytes(call.a, *lock);
  return 0;
}

std::int64_t initialise(SyncModel& model, Context& call) {
  begin_life<ReadWriteLock>(
      model, call.a,
      {.kind_of_preference = static_cast<std::uint8_t>(call.b), .life = {.shared = call.c != 0}});
  return 0;
}

std::int64_t destroy(SyncModel& model, Context& call) {
  const auto& lock = model.object_in_bytes<ReadWriteLock>(call.a);
  if (!may_end(model, lock.life, words)) return EINVAL;
  if (lock.writer >= 0 || lock.readers > 0)
    return model.misused(
        while_held("read-write lock", lock.writer >= 0 ? lock.writer : one_of(lock)));
  end_life<ReadWriteLock>(model, call, call.a);
  return 0;
}

int writer(const SyncModel& model, const Context& call) {
  return model.in_bytes<ReadWriteLock>(call.a).writer;
}

bool only_tries(const Context& call) { return how(call) != How::for_ever; }

bool has_deadline(const Context& call) { return how(call) == How::until_future; }

void may_only_look(const SyncModel&, const Context& call, Step& step) {
  const auto result = static_cast<std::int64_t>(call.result);
  if (result == EBUSY || result == ETIMEDOUT) step.accesses[0].writes = false;
}

}  // namespace rwlock

}  // namespace minusone
