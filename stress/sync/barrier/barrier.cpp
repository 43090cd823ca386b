#include "stress/sync/barrier/barrier.h"

#include <cerrno>

#include "stress/sync/life.h"
#include "stress/sync/sync_model.h"

namespace minusone {

namespace barrier {

namespace {

bool is_fresh(const KernelObject& object) {
  const auto& barrier = object.as<Barrier>();
  return barrier.count == 0 && barrier.waiting.count == 0 && barrier.woken == 0 &&
         is_fresh(barrier.life);
}

void add_to(const KernelObject& object, std::span<const std::byte>, StateSink& sink) {
  const auto& barrier = object.as<Barrier>();
  sink.add(static_cast<std::uint64_t>(barrier.count));
  sink.add(barrier.waiting);
  sink.add(barrier.woken);
  add_life(barrier.life, sink);
}

std::string value(const KernelObject& object, std::span<const std::byte>, const AgentNames& name) {
  const auto& barrier = object.as<Barrier>();
  if (barrier.life.stage == Life::Stage::destroyed) return "destroyed";
  return sleepers(barrier.waiting, barrier.woken, name);
}

constexpr ObjectWords words{"barrier", "pthread_barrier_init()",
                            "pthread_barrierattr_setpshared(PTHREAD_PROCESS_SHARED) is missing"};

}  // namespace

}  // namespace barrier

const ObjectKind Barrier::kind{.name = "barrier",
                               .is_fresh = barrier::is_fresh,
                               .add_to = barrier::add_to,
                               .title = title_of_sleep,
                               .value = barrier::value,
                               .unused = "nobody",
                               .called = nullptr,
                               .lent = nullptr,
                               .own_bytes = sizeof(Barrier::Bytes)};

Barrier Barrier::of(const Bytes& bytes) {
  Barrier barrier{.count = static_cast<int>(bytes.count),
                  .life = {.shared = bytes.futexes == shared_futexes}};
  if (bytes.futexes == destroyed_mark) {
    barrier.life.stage = Life::Stage::destroyed;
  } else if (bytes != barrier.bytes() || barrier.count < 0) {
    barrier.life.stage = Life::Stage::never_initialised;
  }
  return barrier;
}

Barrier::Bytes Barrier::bytes() const {
  return {.in = 0,
          .round = 0,
          .count = static_cast<std::uint32_t>(count),
          .futexes = life.stage == Life::Stage::destroyed ? destroyed_mark
                     : life.shared                        ? shared_futexes
                                                          : 0,
          .out = 0};
}

namespace barrier {

bool can_leave(const SyncModel& model, const Context& call) {
  const auto* const barrier = model.find<Barrier>(call.a);
  return barrier == nullptr || holds(barrier->woken, call.id);
}

bool can_destroy(const SyncModel& model, const Context& call) {
  const auto* const barrier = model.find<Barrier>(call.a);
  return barrier == nullptr || barrier->woken == 0;
}

namespace {

Misuse without_count() {
  return {.before = "a barrier was never initialised: its count is 0, by which glibc divides"};
}

}  // namespace

std::int64_t initialise(SyncModel& model, Context& call) {
  constexpr std::uint64_t most = 0x7fff'fffe;  // BARRIER_IN_THRESHOLD (glibc, internaltypes.h)
  if (call.b == 0 || call.b > most) return EINVAL;
  begin_life<Barrier>(model, call.a,
                      {.count = static_cast<int>(call.b), .life = {.shared = call.c != 0}});
  return 0;
}

std::int64_t destroy(SyncModel& model, Context& call) {
  const auto& barrier = model.object_in_bytes<Barrier>(call.a);
  if (!may_end(model, barrier.life, words)) return EINVAL;
  if (barrier.count == 0) return model.misused(without_count());
  if (barrier.waiting.count > 0)
    return model.misused(while_waited_for("barrier", barrier.waiting.agents[0]));
  end_life<Barrier>(model, call, call.a);
  return 0;
}

std::int64_t arrive(SyncModel& model, Context& call) {
  auto* const barrier = used<Barrier>(model, call, call.a, words);
  if (barrier == nullptr) return 1;
  if (barrier->count == 0) return model.misused(without_count()), 1;
  if (barrier->waiting.count + 1 < barrier->count) {
    barrier->waiting.push(call.id);
    return 0;
  }
  for (std::size_t i = 0; i < barrier->waiting.count; ++i) {
    model.wakes(barrier->waiting.agents[i]);
    barrier->woken = with(barrier->woken, barrier->waiting.agents[i]);
  }
  barrier->waiting = {};
  return 1;
}

std::int64_t leave(SyncModel& model, Context& call) {
  auto& barrier = model.object<Barrier>(call.a);
  barrier.woken = without(barrier.woken, call.id);
  return 0;
}

}  // namespace barrier

}  // namespace minusone
