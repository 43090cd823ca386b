#include "stress/sync/segment/segment.h"

#include <sys/ipc.h>

#include <cerrno>

#include "stress/sync/sync_model.h"

namespace minusone {

namespace segment {

namespace {

/// Which segments there are, and under which keys.
constexpr std::uint64_t keys = kernel_table('m');

bool is_fresh(const KernelObject&) { return false; }

void add_to(const KernelObject& object, std::span<const std::byte>, StateSink& sink) {
  const auto& segment = object.as<SysvSegment>();
  sink.add(segment.offset);
  sink.add(segment.attached);
  sink.add(segment.removed);
  sink.add_detail(static_cast<std::uint64_t>(segment.ipc_key));
  sink.add_detail(segment.bytes);
}

// Of whole programs only, which no page shows.
std::string value(const KernelObject& object, std::span<const std::byte>, const AgentNames&) {
  const auto& segment = object.as<SysvSegment>();
  return segment.removed ? "removed" : std::to_string(segment.bytes) + " bytes";
}

std::span<const std::byte> lent(const SyncModel& model, const KernelObject& object) {
  const auto& segment = object.as<SysvSegment>();
  return model.room().subspan(segment.offset, segment.bytes);
}

Lent lends(const SyncModel&, const KernelObject& object, int agent, std::uint64_t, std::uint64_t,
           bool) {
  return object.as<SysvSegment>().attached.holds(agent) ? Lent::yes : Lent::detached;
}

}  // namespace

}  // namespace segment

const ObjectKind SysvSegment::kind{.name = "segment",
                                   .is_fresh = segment::is_fresh,
                                   .add_to = segment::add_to,
                                   .title = title_of_place,
                                   .value = segment::value,
                                   .unused = "0 bytes",
                                   .called = nullptr,
                                   .lent = segment::lent,
                                   .own_bytes = 0,
                                   .place = nullptr,
                                   .lends = segment::lends};

namespace segment {

// Who makes it where all would is all the same.
void touches_keys(const Context& call, Step& step) {
  const int flags = static_cast<int>(call.c);
  const bool only_finds = (flags & IPC_CREAT) == 0 || (flags & IPC_EXCL) != 0;
  step.add(keys, 1, true, only_finds);
}

void looks_at_keys(const Context&, Step& step) { step.add(keys, 1, true, false); }
void changes_keys(const Context&, Step& step) { step.add(keys, 1, true, true); }

std::int64_t get(SyncModel& model, Context& call) {
  const auto key = static_cast<std::int64_t>(static_cast<key_t>(call.a));
  const int flags = static_cast<int>(call.c);
  std::uint64_t id = 1;
  std::int64_t found = 0;
  model.each<SysvSegment>([&](std::uint64_t its, const SysvSegment& segment) {
    id = its + 1;
    // Once removed its key leads nowhere, though it lives on in those who have it.
    if (segment.removed || key == IPC_PRIVATE || segment.ipc_key != key) return false;
    const bool exclusive = (flags & IPC_CREAT) != 0 && (flags & IPC_EXCL) != 0;
    found = exclusive ? -EEXIST : call.b > segment.bytes ? -EINVAL : static_cast<std::int64_t>(its);
    return true;
  });
  if (found != 0) return found;
  if (key != IPC_PRIVATE && (flags & IPC_CREAT) == 0) return -ENOENT;
  if (call.b == 0) return -EINVAL;
  constexpr std::uint64_t most = ~std::uint64_t{0} - (std::uint64_t{1} << 24);  // SHMMAX
  if (call.b > most) return -EINVAL;
  if (!model.lends())
    return model.not_modelled(
        "shmget() is modelled in programs that are processes: not in a protocol, nor beside "
        "threads");
  const std::size_t room = model.room().size();
  const std::uint64_t from = model.top_of_room();
  if (call.b > room || from > room - call.b) return -ENOMEM;
  auto& made = model.object<SysvSegment>(id);
  made.ipc_key = key;
  made.bytes = call.b;
  made.offset = from;
  return static_cast<std::int64_t>(id);
}

namespace {

/// The segment of that id, unless it is gone.
SysvSegment* existing(SyncModel& model, std::uint64_t id) {
  if (model.find<SysvSegment>(id) == nullptr) return nullptr;
  auto& segment = model.object<SysvSegment>(id);
  return segment.removed && segment.attached.count == 0 ? nullptr : &segment;
}

std::uint64_t start_of(const SyncModel& model, const SysvSegment& segment) {
  return reinterpret_cast<std::uint64_t>(model.room().data()) + segment.offset;
}

}  // namespace

std::int64_t attach(SyncModel& model, Context& call) {
  SysvSegment* const segment = existing(model, call.a);
  if (segment == nullptr) return -EINVAL;
  // All have it at one address, and the kernel gives another for a second attachment.
  if (segment->attached.holds(call.id))
    return model.not_modelled(
        "shmat() of a segment that the process has attached already is not modelled");
  if (segment->attached.count == max_agents) return -ENOMEM;
  segment->attached.push(call.id);
  return static_cast<std::int64_t>(start_of(model, *segment));
}

std::int64_t detach(SyncModel& model, Context& call) {
  std::int64_t result = -EINVAL;
  model.each<SysvSegment>([&](std::uint64_t, SysvSegment& segment) {
    if (call.a != start_of(model, segment) || !segment.attached.holds(call.id)) return false;
    segment.attached.remove(call.id);
    result = 0;
    return true;
  });
  return result;
}

std::int64_t remove(SyncModel& model, Context& call) {
  SysvSegment* const segment = existing(model, call.a);
  if (segment == nullptr) return -EINVAL;
  segment->removed = true;
  return 0;
}

void forked(SyncModel& model, int parent, int child) {
  model.each<SysvSegment>([&](std::uint64_t, SysvSegment& segment) {
    if (segment.attached.holds(parent)) segment.attached.push(child);
    return false;
  });
}

}  // namespace segment

}  // namespace minusone
