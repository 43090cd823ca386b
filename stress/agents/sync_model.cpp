#include "stress/agents/sync_model.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace minusone {

bool WaitQueue::holds(int agent) const {
  return std::find(agents.begin(), agents.begin() + count, agent) != agents.begin() + count;
}

void WaitQueue::remove(int agent) {
  const auto end = agents.begin() + count;
  const auto at = std::find(agents.begin(), end, static_cast<std::int8_t>(agent));
  if (at == end) return;
  std::move(at + 1, end, at);
  --count;
}

namespace {

template <class T>
void append(std::vector<std::byte>& to, const T* from, std::size_t count) {
  const auto* const bytes = reinterpret_cast<const std::byte*>(from);
  to.insert(to.end(), bytes, bytes + count * sizeof(T));
}

template <class T>
void take(std::vector<std::byte>& from, T* to, std::size_t count) {
  const std::size_t bytes = count * sizeof(T);
  if (bytes > 0) std::memcpy(to, from.data() + from.size() - bytes, bytes);
  from.resize(from.size() - bytes);
}

}  // namespace

void SyncModel::push() {
  static_assert(std::is_trivially_copyable_v<SyncObject> &&
                std::is_trivially_copyable_v<SysvSemaphore>);
  const std::size_t sizes[2] = {now_.objects.size(), now_.semaphores.size()};
  append(saved_, now_.objects.data(), sizes[0]);
  append(saved_, now_.semaphores.data(), sizes[1]);
  append(saved_, sizes, 2);
}

void SyncModel::pop() {
  std::size_t sizes[2];
  take(saved_, sizes, 2);
  now_.objects.resize(sizes[0]);
  now_.semaphores.resize(sizes[1]);
  take(saved_, now_.semaphores.data(), sizes[1]);
  take(saved_, now_.objects.data(), sizes[0]);
}

const SyncObject* SyncModel::find(SyncObject::Kind kind, std::uint64_t key, int home) const {
  for (const SyncObject& o : now_.objects) {
    if (o.key == key && o.kind == kind && o.home == home) return &o;
  }
  return nullptr;
}

SyncObject& SyncModel::object(SyncObject::Kind kind, std::uint64_t key, int home) {
  if (const SyncObject* found = find(kind, key, home)) return *const_cast<SyncObject*>(found);
  SyncObject& made = now_.objects.emplace_back();
  made.key = key;
  made.kind = kind;
  made.home = static_cast<std::int16_t>(home);
  return made;
}

bool SyncModel::enabled(const Context& agent) const {
  switch (agent.action()) {
    case Action::mutex_lock:
      return mutex_is_free(agent.a, agent.id);
    case Action::mutex_timedlock:
      return agent.b != 0 || mutex_is_free(agent.a, agent.id);
    case Action::rwlock_read:
    case Action::rwlock_write: {
      const SyncObject* const lock = find(SyncObject::Kind::rwlock, agent.a);
      if (lock == nullptr || agent.b != 0 || lock->owner == agent.id) return true;
      return lock->owner < 0 && (agent.action() == Action::rwlock_read || lock->value == 0);
    }
    case Action::cond_awake: {
      const SyncObject* const condition = find(SyncObject::Kind::condition, agent.a);
      return condition != nullptr && (condition->woken >> agent.id & 1) != 0 &&
             mutex_is_free(agent.b, agent.id);
    }
    case Action::sem_wait:
    case Action::sem_timedwait: {
      const SyncObject* const semaphore = find(SyncObject::Kind::semaphore, agent.a);
      return semaphore == nullptr || semaphore->value > 0 ||
             (agent.action() == Action::sem_timedwait && agent.b != 0);
    }
    case Action::semop: {
      if (agent.d != 0) return true;
      bool blocks = false;
      check_semop(agent, blocks);
      return !blocks;
    }
    case Action::futex_awake: {
      const SyncObject* const word = find(SyncObject::Kind::futex, agent.a, futex_home(agent));
      return word != nullptr && (word->woken >> agent.id & 1) != 0;
    }
    default:
      return true;
  }
}

std::int64_t SyncModel::perform(const Context& agent) {
  woken_ = 0;
  switch (agent.action()) {
    case Action::mutex_init:
    case Action::mutex_destroy:
    case Action::mutex_lock:
    case Action::mutex_trylock:
    case Action::mutex_timedlock:
    case Action::mutex_unlock:
    case Action::mutex_consistent:
      return perform_mutex(agent);
    case Action::rwlock_read:
    case Action::rwlock_write:
    case Action::rwlock_unlock:
    case Action::rwlock_forget:
      return perform_rwlock(agent);
    case Action::cond_forget:
    case Action::cond_release:
    case Action::cond_awake:
    case Action::cond_signal:
    case Action::cond_broadcast:
      return perform_condition(agent);
    case Action::semget:
      return perform_semget(agent);
    case Action::semctl:
      return perform_semctl(agent);
    case Action::semop:
      return perform_semop(agent);
    case Action::futex_wait:
    case Action::futex_awake:
    case Action::futex_wake:
      return perform_futex(agent);
    default:
      return perform_semaphore(agent);
  }
}

}  // namespace minusone
