#include "stress/sync/condition/condition.h"

#include <algorithm>

#include "stress/sync/life.h"
#include "stress/sync/mutex/mutex.h"
#include "stress/sync/sync_model.h"

namespace minusone {

namespace condition {

namespace {

bool is_fresh(const KernelObject& object) {
  const auto& condition = object.as<Condition>();
  return condition.waiting.count == 0 && condition.woken == 0 && condition.dead == 0 &&
         is_fresh(condition.life);
}

void add_to(const KernelObject& object, std::span<const std::byte>, StateSink& sink) {
  const auto& condition = object.as<Condition>();
  sink.add(condition.waiting);
  sink.add(condition.woken);
  sink.add(condition.dead);
  add_life(condition.life, sink);
}

std::string value(const KernelObject& object, std::span<const std::byte>, const AgentNames& name) {
  const auto& condition = object.as<Condition>();
  if (condition.life.stage == Life::Stage::destroyed) return "destroyed";
  return sleepers(condition.waiting, condition.woken, name);
}

constexpr ObjectWords words{"condition variable", "pthread_cond_init() or an initialiser",
                            "pthread_condattr_setpshared(PTHREAD_PROCESS_SHARED) is missing"};
constexpr std::int32_t shared_flag = 1, clock_flag = 2;

}  // namespace

}  // namespace condition

const ObjectKind Condition::kind{.name = "condition",
                                 .is_fresh = condition::is_fresh,
                                 .add_to = condition::add_to,
                                 .title = title_of_sleep,
                                 .value = condition::value,
                                 .unused = "nobody",
                                 .called = nullptr,
                                 .lent = nullptr,
                                 .own_bytes = sizeof(Condition::Bytes)};

Condition Condition::of(const Bytes& bytes) {
  Condition condition{.life = {.shared = (bytes.flags & condition::shared_flag) != 0}};
  Bytes unused = condition.bytes();
  unused.flags = bytes.flags;
  if (bytes.flags == destroyed_mark) {
    condition.life.stage = Life::Stage::destroyed;
  } else if (bytes != unused ||
             (bytes.flags & ~(condition::shared_flag | condition::clock_flag)) != 0) {
    condition.life.stage = Life::Stage::never_initialised;
  }
  return condition;
}

Condition::Bytes Condition::bytes() const {
  return {.counts = {},
          .flags = life.stage == Life::Stage::destroyed ? destroyed_mark
                   : life.shared                        ? condition::shared_flag
                                                        : 0,
          .signals = {}};
}

namespace condition {

namespace {

std::int64_t wake(SyncModel& model, const Context& call, bool all) {
  auto* const found = used<Condition>(model, call, call.a, words);
  if (found == nullptr) return EINVAL;
  auto& condition = *found;
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
  step.add(call.a, sizeof(Condition::Bytes), true, false);
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
         (condition->woken & condition->dead) == 0 || is_refused(condition->life);
}

// pthread_cond_destroy() waits for all that were woken to have left, which a dead one never does.
// They leave before they lock the mutex, so the living are not waited for here.
bool can_destroy(const SyncModel& model, const Context& call) {
  return model.in_bytes<Condition>(call.a).dead == 0;
}

std::int64_t initialise(SyncModel& model, Context& call) {
  Condition made{.life = {.shared = call.b != 0}};
  made.follows(model.object<Condition>(call.a));
  begin_life<Condition>(model, call.a, made);
  return 0;
}

std::int64_t destroy(SyncModel& model, Context& call) {
  const auto& condition = model.object_in_bytes<Condition>(call.a);
  if (!may_end(model, condition.life, words)) return EINVAL;
  if (condition.waiting.count > 0)
    return model.misused(while_waited_for("condition variable", condition.waiting.agents[0]));
  end_life<Condition>(model, call, call.a);
  return 0;
}

std::int64_t release(SyncModel& model, Context& call) {
  if (used<Condition>(model, call, call.a, words) == nullptr) return EINVAL;
  const std::int64_t refused = mutex::unlock_at(model, call, call.b);
  if (refused == 0 && call.c == 0) model.object<Condition>(call.a).waiting.push(call.id);
  return refused;
}

std::int64_t awake(SyncModel& model, Context& call) {
  auto& condition = model.object<Condition>(call.a);
  condition.woken = without(condition.woken, call.id);
  return mutex::lock_at(model, call, call.b, false);
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
  return mutex::lock_at(model, call, call.b, false);
}

void dies(SyncModel& model, const Context& call) {
  auto& condition = model.object<Condition>(call.a);
  condition.dead = with(condition.dead, call.id);
}

}  // namespace condition

}  // namespace minusone
