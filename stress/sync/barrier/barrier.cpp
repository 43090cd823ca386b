#include "stress/sync/barrier/barrier.h"

#include <cerrno>

#include "stress/sync/sync_model.h"

namespace minusone {

namespace barrier {

namespace {

bool is_fresh(const KernelObject& object) {
  const auto& barrier = object.as<Barrier>();
  return barrier.count == 0 && barrier.waiting.count == 0 && barrier.woken == 0;
}

void add_to(const KernelObject& object, std::span<const std::byte>, StateSink& sink) {
  const auto& barrier = object.as<Barrier>();
  sink.add(static_cast<std::uint64_t>(barrier.count));
  sink.add(barrier.waiting);
  sink.add(barrier.woken);
}

std::string value(const KernelObject& object, std::span<const std::byte>, const AgentNames& name) {
  const auto& barrier = object.as<Barrier>();
  return sleepers(barrier.waiting, barrier.woken, name);
}

}  // namespace

}  // namespace barrier

const ObjectKind Barrier::kind{.name = "barrier",
                               .is_fresh = barrier::is_fresh,
                               .add_to = barrier::add_to,
                               .title = title_of_sleep,
                               .value = barrier::value,
                               .unused = "nobody",
                               .called = nullptr,
                               .lent = nullptr};

namespace barrier {

bool can_leave(const SyncModel& model, const Context& call) {
  const auto* const barrier = model.find<Barrier>(call.a);
  return barrier == nullptr || holds(barrier->woken, call.id);
}

bool can_destroy(const SyncModel& model, const Context& call) {
  const auto* const barrier = model.find<Barrier>(call.a);
  return barrier == nullptr || barrier->woken == 0;
}

std::int64_t initialise(SyncModel& model, Context& call) {
  auto& barrier = model.object<Barrier>(call.a);
  if (call.b == 0) return EINVAL;
  barrier = {.count = static_cast<int>(call.b)};
  return 0;
}

std::int64_t arrive(SyncModel& model, Context& call) {
  auto& barrier = model.object<Barrier>(call.a);
  if (barrier.waiting.count + 1 < barrier.count) {
    barrier.waiting.push(call.id);
    return 0;
  }
  for (std::size_t i = 0; i < barrier.waiting.count; ++i) {
    model.wakes(barrier.waiting.agents[i]);
    barrier.woken = with(barrier.woken, barrier.waiting.agents[i]);
  }
  barrier.waiting = {};
  return 1;
}

std::int64_t leave(SyncModel& model, Context& call) {
  auto& barrier = model.object<Barrier>(call.a);
  barrier.woken = without(barrier.woken, call.id);
  return 0;
}

}  // namespace barrier

}  // namespace minusone
