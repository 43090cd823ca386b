#include "stress/sync/once/once.h"

#include <cerrno>

#include "stress/sync/life.h"
#include "stress/sync/sync_model.h"

namespace minusone {

namespace once {

namespace {

bool is_fresh(const KernelObject& object) {
  const auto& once = object.as<Once>();
  return once.owner < 0 && !once.done && is_fresh(once.life);
}

void add_to(const KernelObject& object, std::span<const std::byte>, StateSink& sink) {
  const auto& once = object.as<Once>();
  sink.add(static_cast<std::uint64_t>(once.owner));
  sink.add(once.done);
  add_life(once.life, sink);
}

std::string value(const KernelObject& object, std::span<const std::byte>, const AgentNames&) {
  const auto& once = object.as<Once>();
  return once.done ? "done" : once.owner >= 0 ? "being done" : "not done";
}

constexpr ObjectWords words{"once control", "PTHREAD_ONCE_INIT",
                            "pthread_once() knows nothing of other processes"};

/// As glibc's (nptl/pthread_onceP.h).
constexpr std::int32_t in_progress = 1, is_done = 2;

}  // namespace

}  // namespace once

const ObjectKind Once::kind{.name = "once",
                            .is_fresh = once::is_fresh,
                            .add_to = once::add_to,
                            .title = title_of_place,
                            .value = once::value,
                            .unused = "not done",
                            .called = nullptr,
                            .lent = nullptr,
                            .own_bytes = sizeof(Once::Bytes)};

Once Once::of(const Bytes& bytes) {
  Once once{.done = bytes.word == once::is_done};
  if (bytes.word != 0 && !once.done) once.life.stage = Life::Stage::never_initialised;
  return once;
}

Once::Bytes Once::bytes() const {
  return {owner >= 0 ? once::in_progress : done ? once::is_done : 0};
}

namespace once {

bool can_begin(const SyncModel& model, const Context& call) {
  const auto once = model.in_bytes<Once>(call.a);
  return once.owner < 0 || is_refused(once.life);
}

std::int64_t begin(SyncModel& model, Context& call) {
  auto* const once = used<Once>(model, call, call.a, words);
  if (once == nullptr || once->done) return 0;
  once->owner = static_cast<std::int8_t>(call.id);
  model.leave_bytes(call.a, *once);
  return 1;
}

std::int64_t end(SyncModel& model, Context& call) {
  auto& once = model.object_in_bytes<Once>(call.a);
  once.owner = -1;
  once.done = call.b != 0;
  model.leave_bytes(call.a, once);
  return 0;
}

int who_is_at_it(const SyncModel& model, const Context& call) {
  return model.in_bytes<Once>(call.a).owner;
}

void may_only_look(const SyncModel&, const Context& call, Step& step) {
  if (call.result == 0) step.accesses[0].writes = false;
}

}  // namespace once

}  // namespace minusone
