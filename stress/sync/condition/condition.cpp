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
  return condition.older.count == 0 && condition.waiting.count == 0 && condition.woken == 0 &&
         condition.dead == 0 && is_fresh(condition.life);
}

void add_to(const KernelObject& object, std::span<const std::byte>, StateSink& sink) {
  const auto& condition = object.as<Condition>();
  sink.add(condition.older);
  sink.add(condition.waiting);
  sink.add(condition.woken);
  sink.add(condition.dead);
  add_life(condition.life, sink);
}

std::string value(const KernelObject& object, std::span<const std::byte>, const AgentNames& name) {
  const auto& condition = object.as<Condition>();
  if (condition.life.stage == Life::Stage::destroyed) return "destroyed";
  WaitQueue all = condition.older;
  for (std::size_t i = 0; i < condition.waiting.count; ++i) all.push(condition.waiting.agents[i]);
  return sleepers(all, condition.woken, name);
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

/// Signals the older group: one member, or all of them. A signal is taken by one who lives, if
/// there is one.
void signal_older(SyncModel& model, Condition& condition, bool all) {
  while (condition.older.count > 0) {
    const auto* const older = condition.older.agents.data();
    const auto* const end = older + condition.older.count;
    const auto* const living =
        std::find_if(older, end, [&](int agent) { return !holds(condition.dead, agent); });
    const int first = living == end ? *older : *living;
    condition.older.remove(first);
    condition.woken = with(condition.woken, first);
    model.wakes(first);
    if (!all) return;
  }
}

void take_over(Condition& condition) {
  condition.older = condition.waiting;
  condition.waiting = {};
}

/// Whether the newer group can take over, where there is one.
bool can_take_over(const SyncModel& model, const Condition& condition, AgentBits to_leave) {
  return condition.waiting.count == 0 || (to_leave & condition.dead) == 0 ||
         model.glibc() >= signals_without_waiting;
}

AgentBits set_of(const WaitQueue& queue) {
  AgentBits set = 0;
  for (std::size_t i = 0; i < queue.count; ++i) set = with(set, queue.agents[i]);
  return set;
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
  return condition == nullptr || condition->older.count > 0 || is_refused(condition->life) ||
         can_take_over(model, *condition, condition->woken);
}

bool can_broadcast(const SyncModel& model, const Context& call) {
  const auto* const condition = model.find<Condition>(call.a);
  return condition == nullptr || is_refused(condition->life) ||
         can_take_over(model, *condition,
                       static_cast<AgentBits>(condition->woken | set_of(condition->older)));
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
  if (condition.older.count + condition.waiting.count > 0) {
    const auto& first = condition.older.count > 0 ? condition.older : condition.waiting;
    return model.misused(while_waited_for("condition variable", first.agents[0]));
  }
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

std::int64_t signal(SyncModel& model, Context& call) {
  auto* const condition = used<Condition>(model, call, call.a, words);
  if (condition == nullptr) return EINVAL;
  if (condition->older.count == 0) take_over(*condition);
  signal_older(model, *condition, false);
  return 0;
}

std::int64_t broadcast(SyncModel& model, Context& call) {
  auto* const condition = used<Condition>(model, call, call.a, words);
  if (condition == nullptr) return EINVAL;
  signal_older(model, *condition, true);
  take_over(*condition);
  signal_older(model, *condition, true);
  return 0;
}

int holder_of_mutex(const SyncModel& model, const Context& call) {
  return can_leave(model, call) ? -1 : mutex::holder_of(model, call.b);
}

bool has_deadline(const Context& call) {
  return static_cast<TimeLimit>(call.c) == TimeLimit::future;
}

bool can_leave(const SyncModel& model, const Context& call) {
  const auto* const condition = model.find<Condition>(call.a);
  return condition != nullptr &&
         (condition->older.holds(call.id) || condition->waiting.holds(call.id)) &&
         mutex::is_free(model, call.b, call.id);
}

std::int64_t leave(SyncModel& model, const Context& call) {
  auto& condition = model.object<Condition>(call.a);
  condition.older.remove(call.id);
  condition.waiting.remove(call.id);
  return mutex::lock_at(model, call, call.b, false);
}

void dies(SyncModel& model, const Context& call) {
  auto& condition = model.object<Condition>(call.a);
  condition.dead = with(condition.dead, call.id);
}

}  // namespace condition

}  // namespace minusone
