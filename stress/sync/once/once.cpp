#include "stress/sync/once/once.h"

#include "stress/sync/sync_model.h"

namespace minusone {

namespace once {

namespace {

bool is_fresh(const KernelObject& object) {
  const auto& once = object.as<Once>();
  return once.owner < 0 && !once.done;
}

void add_to(const KernelObject& object, std::span<const std::byte>, StateSink& sink) {
  const auto& once = object.as<Once>();
  sink.add(static_cast<std::uint64_t>(once.owner));
  sink.add(once.done);
}

std::string value(const KernelObject& object, std::span<const std::byte>, const AgentNames&) {
  const auto& once = object.as<Once>();
  return once.done ? "done" : once.owner >= 0 ? "being done" : "not done";
}

}  // namespace

}  // namespace once

const ObjectKind Once::kind{.name = "once",
                            .is_fresh = once::is_fresh,
                            .add_to = once::add_to,
                            .title = title_of_place,
                            .value = once::value,
                            .unused = "not done",
                            .called = nullptr,
                            .lent = nullptr};

namespace once {

bool can_begin(const SyncModel& model, const Context& call) {
  const auto* const once = model.find<Once>(call.a);
  return once == nullptr || once->owner < 0;
}

std::int64_t begin(SyncModel& model, Context& call) {
  auto& once = model.object<Once>(call.a);
  if (once.done) return 0;
  once.owner = static_cast<std::int8_t>(call.id);
  return 1;
}

std::int64_t end(SyncModel& model, Context& call) {
  model.object<Once>(call.a) = {.done = call.b != 0};
  return 0;
}

int who_is_at_it(const SyncModel& model, const Context& call) {
  const auto* const once = model.find<Once>(call.a);
  return once == nullptr ? -1 : once->owner;
}

void may_only_look(const SyncModel&, const Context& call, Step& step) {
  if (call.result == 0) step.accesses[0].writes = false;
}

}  // namespace once

}  // namespace minusone
