#include "stress/sync/condition/condition.h"

#include <algorithm>

#include "stress/sync/mutex/mutex.h"
#include "stress/sync/sync_model.h"

namespace minusone {

namespace condition {

namespace {

bool is_fresh(const KernelObject& object) {
  const auto& condition = object.as<Condition>();
  return condition.waiting.count == 0 && condition.woken == 0 && condition.dead == 0;
}

void add_to(const KernelObject& object, std::span<const std::byte>, StateSink& sink) {
  const auto& condition = object.as<Condition>();
  sink.add(condition.waiting);
  sink.add(condition.woken);
  sink.add(condition.dead);
}

std::string value(const KernelObject& object, std::span<const std::byte>, const AgentNames& name) {
  const auto& condition = object.as<Condition>();
  return sleepers(condition.waiting, condition.woken, name);
}

}  // namespace

}  // namespace condition

const ObjectKind Condition::kind{.name = "condition",
                                 .is_fresh = condition::is_fresh,
                                 .add_to = condition::add_to,
                                 .title = title_of_sleep,
                                 .value = condition::value,
                                 .unused = "nobody",
                                 .called = nullptr,
                                 .lent = nullptr};

namespace condition {

namespace {

std::int64_t wake(SyncModel& model, const Context& call, bool all) {
  auto& condition = model.object<Condition>(call.a);
  while (condition.waiting.count > 0) {
    // A wake-up is taken by one who lives, if there is one.
    const auto* const waiting = condition.waiting.agents.data();
    const auto* const end = waiting + condition.waiting.count;
    const auto* const living =
        std::find_if(waiting, end, [&](int agent) { return !holds(condition.dead, agent); });
    const int first = living == end ? *waiting : *living;
    condition.waiting.remove(first);
    condition.woken = with(condition.woken, first);
    model.wakes(first);
    if (!all) break;
  }
  return 0;
}

}  // namespace

void touches_queue_and_mutex(const Context& call, Step& step) {
  calls::touches_queue(call, step);
  step.add(call.b, sizeof(pthread_mutex_t), true, true);
}

void touches_wake_up_and_mutex(const Context& call, Step& step) {
  calls::touches_wake_up(call, step);
  step.add(call.b, sizeof(pthread_mutex_t), true, true);
}

bool can_awake(const SyncModel& model, const Context& call) {
  const auto* const condition = model.find<Condition>(call.a);
  return condition != nullptr && holds(condition->woken, call.id) &&
         mutex::is_free(model, call.b, call.id);
}

bool can_signal(const SyncModel& model, const Context& call) {
  const auto* const condition = model.find<Condition>(call.a);
  return condition == nullptr || condition->waiting.count == 0 ||
         (condition->woken & condition->dead) == 0;
}

std::int64_t forget(SyncModel& model, Context& call) {
  model.object<Condition>(call.a) = {};
  return 0;
}

std::int64_t release(SyncModel& model, Context& call) {
  const std::int64_t refused = mutex::unlock_at(model, call.b, call.id);
  if (refused == 0 && call.c == 0) model.object<Condition>(call.a).waiting.push(call.id);
  return refused;
}

std::int64_t awake(SyncModel& model, Context& call) {
  auto& condition = model.object<Condition>(call.a);
  condition.woken = without(condition.woken, call.id);
  return mutex::lock_at(model, call.b, call.id, false);
}

std::int64_t signal(SyncModel& model, Context& call) { return wake(model, call, false); }
std::int64_t broadcast(SyncModel& model, Context& call) { return wake(model, call, true); }

int holder_of_mutex(const SyncModel& model, const Context& call) {
  return can_leave(model, call) ? -1 : mutex::holder_of(model, call.b);
}

bool has_deadline(const Context& call) {
  return static_cast<TimeLimit>(call.c) == TimeLimit::future;
}

bool can_leave(const SyncModel& model, const Context& call) {
  const auto* const condition = model.find<Condition>(call.a);
  return condition != nullptr && condition->waiting.holds(call.id) &&
         mutex::is_free(model, call.b, call.id);
}

std::int64_t leave(SyncModel& model, const Context& call) {
  model.object<Condition>(call.a).waiting.remove(call.id);
  return mutex::lock_at(model, call.b, call.id, false);
}

void dies(SyncModel& model, const Context& call) {
  auto& condition = model.object<Condition>(call.a);
  condition.dead = with(condition.dead, call.id);
}

}  // namespace condition

}  // namespace minusone
