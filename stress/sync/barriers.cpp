// Spin locks, barriers and once, as pthread_spin_lock(3p), pthread_barrier_wait(3p) and
// pthread_once(3p) describe them and glibc behaves.
#include <cerrno>

#include "stress/sync/sync_model.h"

namespace minusone {

namespace {

using Kind = SyncObject::Kind;

}  // namespace

std::int64_t SyncModel::perform_spin(const Context& agent) {
  SyncObject& lock = object(Kind::spin, agent.a);
  switch (agent.action()) {
    case Action::spin_lock:
    case Action::spin_trylock:
      if (lock.owner >= 0) return EBUSY;
      lock.owner = static_cast<std::int8_t>(agent.id);
      return 0;
    default:  // unlock opens it, whoever holds it; init and destroy too
      lock.owner = -1;
      return 0;
  }
}

std::int64_t SyncModel::perform_barrier(const Context& agent) {
  SyncObject& barrier = object(Kind::barrier, agent.a);
  switch (agent.action()) {
    case Action::barrier_init:
      if (agent.b == 0) return EINVAL;
      barrier.value = static_cast<int>(agent.b);
      barrier.waiting = {};
      barrier.woken = 0;
      return 0;
    case Action::barrier_destroy:
      return 0;
    case Action::barrier_arrive: {
      if (barrier.waiting.count + 1 < barrier.value) {
        barrier.waiting.push(agent.id);
        return 0;
      }
      for (int i = 0; i < barrier.waiting.count; ++i) {
        woken_ = static_cast<std::uint16_t>(
            woken_ | 1u << barrier.waiting.agents[static_cast<std::size_t>(i)]);
      }
      barrier.woken = static_cast<std::uint16_t>(barrier.woken | woken_);
      barrier.waiting = {};
      return 1;
    }
    default:  // barrier_awake
      barrier.woken = static_cast<std::uint16_t>(barrier.woken & ~(1u << agent.id));
      return 0;
  }
}

std::int64_t SyncModel::perform_once(const Context& agent) {
  SyncObject& once = object(Kind::once, agent.a);
  if (agent.action() == Action::once_begin) {
    if (once.value != 0) return 0;
    once.owner = static_cast<std::int8_t>(agent.id);
    return 1;
  }
  once.owner = -1;
  once.value = agent.b != 0;
  return 0;
}

}  // namespace minusone
