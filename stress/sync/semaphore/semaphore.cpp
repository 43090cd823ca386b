#include "stress/sync/semaphore/semaphore.h"

#include <semaphore.h>

#include "stress/sync/life.h"
#include "stress/sync/semaphore/named.h"
#include "stress/sync/sync_model.h"

namespace minusone {

namespace semaphore {

namespace {

bool is_fresh(const KernelObject& object) {
  const auto& semaphore = object.as<Semaphore>();
  return semaphore.value == 0 && is_fresh(semaphore.life);
}

void add_to(const KernelObject& object, std::span<const std::byte>, StateSink& sink) {
  const auto& semaphore = object.as<Semaphore>();
  sink.add(static_cast<std::uint64_t>(semaphore.value));
  add_life(semaphore.life, sink);
}

std::string shown(const KernelObject& object, std::span<const std::byte>, const AgentNames&) {
  const auto& semaphore = object.as<Semaphore>();
  if (semaphore.life.stage == Life::Stage::destroyed) return "destroyed";
  return std::to_string(semaphore.value);
}

constexpr ObjectWords words{"semaphore", "sem_init()", "sem_init()'s second argument is 0"};

}  // namespace

}  // namespace semaphore

const ObjectKind Semaphore::kind{.name = "semaphore",
                                 .is_fresh = semaphore::is_fresh,
                                 .add_to = semaphore::add_to,
                                 .title = title_of_place,
                                 .value = semaphore::shown,
                                 .unused = "0",
                                 .called = nullptr,
                                 .lent = nullptr,
                                 .own_bytes = sizeof(Semaphore::Bytes)};

Semaphore Semaphore::of(const Bytes& bytes) {
  Semaphore semaphore{.value = static_cast<int>(bytes.value),
                      .life = {.shared = bytes.futexes == shared_futexes}};
  if (bytes.futexes == destroyed_mark) {
    semaphore.life.stage = Life::Stage::destroyed;
  } else if (semaphore.value < 0 || bytes.waiters != 0 ||
             (bytes.futexes != 0 && bytes.futexes != shared_futexes)) {
    semaphore.life.stage = Life::Stage::never_initialised;
  }
  return semaphore;
}

Semaphore::Bytes Semaphore::bytes() const {
  return {.value = static_cast<std::uint32_t>(value),
          .waiters = 0,
          .futexes = life.stage == Life::Stage::destroyed ? destroyed_mark
                     : life.shared                        ? shared_futexes
                                                          : 0};
}

namespace semaphore {

namespace {

std::int64_t take_or(SyncModel& model, const Context& call, std::int64_t refused) {
  if (is_not_open(model, call)) return -EFAULT;
  auto* const semaphore = used<Semaphore>(model, call, call.a, words);
  if (semaphore == nullptr) return -EINVAL;
  if (semaphore->value == 0) return refused;
  --semaphore->value;
  model.leave_bytes(call.a, *semaphore);
  return 0;
}

}  // namespace

bool can_take(const SyncModel& model, const Context& call) {
  const auto semaphore = model.in_bytes<Semaphore>(call.a);
  return semaphore.value > 0 || is_refused(semaphore.life) || is_not_open(model, call);
}

bool can_take_in_time(const SyncModel& model, const Context& call) {
  return call.b != 0 || can_take(model, call);
}

std::int64_t initialise(SyncModel& model, Context& call) {
  if (call.b > SEM_VALUE_MAX) return -EINVAL;
  begin_life<Semaphore>(model, call.a,
                        {.value = static_cast<int>(call.b), .life = {.shared = call.c != 0}});
  return 0;
}

// Who waits for it finds it destroyed.
std::int64_t destroy(SyncModel& model, Context& call) {
  if (!may_end(model, model.object_in_bytes<Semaphore>(call.a).life, words)) return -EINVAL;
  end_life<Semaphore>(model, call, call.a);
  return 0;
}

std::int64_t take(SyncModel& model, Context& call) { return take_or(model, call, -ETIMEDOUT); }
std::int64_t try_to_take(SyncModel& model, Context& call) { return take_or(model, call, -EAGAIN); }
std::int64_t take_in_time(SyncModel& model, Context& call) {
  return take_or(model, call, -ETIMEDOUT);
}

std::int64_t post(SyncModel& model, Context& call) {
  if (is_not_open(model, call)) return -EFAULT;
  auto* const semaphore = used<Semaphore>(model, call, call.a, words);
  if (semaphore == nullptr) return -EINVAL;
  if (semaphore->value == SEM_VALUE_MAX) return -EOVERFLOW;
  ++semaphore->value;
  model.leave_bytes(call.a, *semaphore);
  return 0;
}

std::int64_t get_value(SyncModel& model, Context& call) {
  if (is_not_open(model, call)) return -EFAULT;
  const auto semaphore = model.in_bytes<Semaphore>(call.a);
  if (!may_end(model, semaphore.life, words)) return -EINVAL;
  return semaphore.value;
}

void may_only_look(const SyncModel&, const Context& call, Step& step) {
  if (static_cast<std::int64_t>(call.result) < 0) step.accesses[0].writes = false;
}

bool has_deadline(const Context& call) { return call.b == 0; }

}  // namespace semaphore

}  // namespace minusone
