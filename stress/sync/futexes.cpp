// FUTEX_WAIT and FUTEX_WAKE, with and without bit sets, as futex(2) describes them.
#include <cerrno>

#include "stress/sync/sync_model.h"

namespace minusone {

namespace {

using Kind = SyncObject::Kind;

bool lies_in(std::span<const std::byte> segment, std::uint64_t address) {
  return address - reinterpret_cast<std::uint64_t>(segment.data()) < segment.size();
}

}  // namespace

/// Whose word it is: nobody's own where it is shared, the agent's where it is private to a process
/// or asked for as private. That is why std::atomic::wait loses wake-ups between processes.
int SyncModel::futex_home(const Context& agent) const {
  if (!processes_) return -1;
  return agent.d != 0 || !lies_in(room_, agent.a) ? agent.id : -1;
}

std::int64_t SyncModel::perform_futex(const Context& agent) {
  SyncObject& word = object(Kind::futex, agent.a, futex_home(agent));
  if (agent.action() == Action::futex_awake) {
    word.woken = static_cast<std::uint16_t>(word.woken & ~(1u << agent.id));
    return 0;
  }
  if ((agent.c & 0xffffffff) == 0) return -EINVAL;
  if (agent.action() == Action::futex_wait) {
    if (*reinterpret_cast<const volatile std::uint32_t*>(agent.a) !=
        static_cast<std::uint32_t>(agent.b)) {
      return -EAGAIN;
    }
    if (static_cast<TimeLimit>(agent.e) == TimeLimit::past) return -ETIMEDOUT;
    word.waiting.push(agent.id);
    word.bits[static_cast<std::size_t>(agent.id)] = static_cast<std::uint32_t>(agent.c);
    return 0;
  }
  std::int64_t woken = 0;
  for (int i = 0; i < word.waiting.count && woken < static_cast<std::int32_t>(agent.b);) {
    const int waiter = word.waiting.agents[static_cast<std::size_t>(i)];
    if ((word.bits[static_cast<std::size_t>(waiter)] & agent.c) == 0) {
      ++i;
      continue;
    }
    word.waiting.remove(waiter);
    word.woken = static_cast<std::uint16_t>(word.woken | 1u << waiter);
    woken_ = static_cast<std::uint16_t>(woken_ | 1u << waiter);
    ++woken;
  }
  return woken;
}

}  // namespace minusone
