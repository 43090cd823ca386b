#include "stress/sync/semaphore/semaphore.h"

#include <semaphore.h>

#include "stress/sync/semaphore/named.h"
#include "stress/sync/sync_model.h"

namespace minusone {

namespace semaphore {

namespace {

/// Never: where nobody has used one a wait goes on, and at one of value 0 it does not.
bool is_fresh(const KernelObject&) { return false; }

void add_to(const KernelObject& object, std::span<const std::byte>, StateSink& sink) {
  sink.add(static_cast<std::uint64_t>(object.as<Semaphore>().value));
}

std::string shown(const KernelObject& object, std::span<const std::byte>, const AgentNames&) {
  return std::to_string(object.as<Semaphore>().value);
}

}  // namespace

}  // namespace semaphore

const ObjectKind Semaphore::kind{.name = "semaphore",
                                 .is_fresh = semaphore::is_fresh,
                                 .add_to = semaphore::add_to,
                                 .title = title_of_place,
                                 .value = semaphore::shown,
                                 .unused = "0",
                                 .called = nullptr,
                                 .lent = nullptr};

namespace semaphore {

namespace {

std::int64_t take_or(SyncModel& model, const Context& call, std::int64_t refused) {
  if (is_not_open(model, call)) return -EFAULT;
  auto& semaphore = model.object<Semaphore>(call.a);
  if (semaphore.value == 0) return refused;
  --semaphore.value;
  return 0;
}

}  // namespace

bool can_take(const SyncModel& model, const Context& call) {
  const auto* const semaphore = model.find<Semaphore>(call.a);
  return semaphore == nullptr || semaphore->value > 0 || is_not_open(model, call);
}

bool can_take_in_time(const SyncModel& model, const Context& call) {
  return call.b != 0 || can_take(model, call);
}

std::int64_t initialise(SyncModel& model, Context& call) {
  auto& semaphore = model.object<Semaphore>(call.a);
  if (call.b > SEM_VALUE_MAX) return -EINVAL;
  semaphore.value = static_cast<int>(call.b);
  return 0;
}

std::int64_t take(SyncModel& model, Context& call) { return take_or(model, call, -ETIMEDOUT); }
std::int64_t try_to_take(SyncModel& model, Context& call) { return take_or(model, call, -EAGAIN); }
std::int64_t take_in_time(SyncModel& model, Context& call) {
  return take_or(model, call, -ETIMEDOUT);
}

std::int64_t post(SyncModel& model, Context& call) {
  if (is_not_open(model, call)) return -EFAULT;
  auto& semaphore = model.object<Semaphore>(call.a);
  if (semaphore.value == SEM_VALUE_MAX) return -EOVERFLOW;
  ++semaphore.value;
  return 0;
}

std::int64_t get_value(SyncModel& model, Context& call) {
  if (is_not_open(model, call)) return -EFAULT;
  return model.object<Semaphore>(call.a).value;
}

void may_only_look(const SyncModel&, const Context& call, Step& step) {
  if (static_cast<std::int64_t>(call.result) < 0) step.accesses[0].writes = false;
}

bool has_deadline(const Context& call) { return call.b == 0; }

}  // namespace semaphore

}  // namespace minusone
