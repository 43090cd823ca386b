// System V segments, as shmget(2), shmop(2) and shmctl(2) describe them. All agents have them at
// the same address. Sizes and IPC_STAT are not modelled, nor does an exit detach.
#include <sys/ipc.h>

#include <cerrno>

#include "stress/sync/sync_model.h"

namespace minusone {

namespace {

using Kind = SyncObject::Kind;
constexpr std::uint64_t page = 4096;

}  // namespace

std::int64_t SyncModel::get_segment(const Context& agent) {
  const auto key = static_cast<std::int64_t>(static_cast<key_t>(agent.a));
  const int flags = static_cast<int>(agent.c);
  std::uint64_t id = 1;
  std::uint64_t from = 0;
  for (const SyncObject& segment : now_.objects) {
    if (segment.kind != Kind::segment) continue;
    id = segment.key + 1;
    from = (static_cast<std::uint64_t>(segment.value) + segment.bytes + page - 1) / page * page;
    // Once removed its key leads nowhere, though it lives on in those who have it.
    if (segment.destroyed || key == IPC_PRIVATE || segment.ipc_key != key) continue;
    if ((flags & IPC_CREAT) != 0 && (flags & IPC_EXCL) != 0) return -EEXIST;
    if (agent.b > segment.bytes) return -EINVAL;
    return static_cast<std::int64_t>(segment.key);
  }
  if (key != IPC_PRIVATE && (flags & IPC_CREAT) == 0) return -ENOENT;
  if (agent.b == 0) return -EINVAL;
  if (agent.b > room_.size() || from > room_.size() - agent.b) return -ENOMEM;
  SyncObject& made = object(Kind::segment, id);
  made.ipc_key = key;
  made.bytes = agent.b;
  made.value = static_cast<int>(from);
  return static_cast<std::int64_t>(id);
}

std::int64_t SyncModel::perform_segment(const Context& agent) {
  if (agent.action() == Action::shmget) return get_segment(agent);
  const auto room = reinterpret_cast<std::uint64_t>(room_.data());
  for (SyncObject& segment : now_.objects) {
    if (segment.kind != Kind::segment) continue;
    const std::uint64_t start = room + static_cast<std::uint64_t>(segment.value);
    if (agent.action() == Action::shmdt) {
      if (agent.a != start || !segment.waiting.holds(agent.id)) continue;
      segment.waiting.remove(agent.id);
      return 0;
    }
    const bool is_gone = segment.destroyed && segment.waiting.count == 0;
    if (segment.key != agent.a || is_gone) continue;
    if (agent.action() == Action::shmctl) {
      segment.destroyed = true;
      return 0;
    }
    if (segment.waiting.count == max_agents) return -ENOMEM;
    segment.waiting.push(agent.id);  // attached
    return static_cast<std::int64_t>(start);
  }
  return -EINVAL;
}

std::optional<std::span<const std::byte>> SyncModel::segment_at(std::uint64_t address) const {
  const auto room = reinterpret_cast<std::uint64_t>(room_.data());
  for (const SyncObject& segment : now_.objects) {
    const std::uint64_t offset = address - room - static_cast<std::uint64_t>(segment.value);
    if (segment.kind == Kind::segment && offset < segment.bytes)
      return room_.subspan(static_cast<std::size_t>(segment.value), segment.bytes);
  }
  return std::nullopt;
}

}  // namespace minusone
