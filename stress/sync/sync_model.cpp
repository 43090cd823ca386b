#include "stress/sync/sync_model.h"

#include <algorithm>
#include <cstring>
#include <tuple>
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

std::uint64_t SyncModel::fingerprint() const {
  std::uint64_t all = 0;
  const auto mix = [](std::uint64_t hash, std::uint64_t value) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 32;
  };
  // Objects may have come up in any order: a sum.
  for (const SyncObject& o : now_.objects) {
    std::uint64_t one = mix(o.key, static_cast<std::uint64_t>(o.kind));
    std::uint64_t waiting = 0;
    for (int i = 0; i < o.waiting.count; ++i)
      waiting |= 1u << o.waiting.agents[static_cast<std::size_t>(i)];
    for (const std::uint64_t part :
         {static_cast<std::uint64_t>(o.owner), static_cast<std::uint64_t>(o.home),
          static_cast<std::uint64_t>(o.value), waiting,
          std::uint64_t{o.destroyed} | o.owner_died << 1 | o.not_recoverable << 2 |
              static_cast<std::uint64_t>(o.woken) << 8 |
              static_cast<std::uint64_t>(o.dead) << 32}) {
      one = mix(one, part);
    }
    for (std::size_t i = o.first; i < std::size_t{o.first} + o.number; ++i)
      one = mix(one, static_cast<std::uint64_t>(now_.semaphores[i].value));
    all += one;
  }
  return all;
}

// A member that is added to SyncObject belongs into both fingerprints.
static_assert(sizeof(SyncObject) == 136,
              "a state has got another part: add it to the fingerprint, then mend this line");

// Objects are listed by first use; two orders of first uses may lead to the same state.
void SyncModel::add_to(Digest& digest) const {
  std::vector<const SyncObject*> objects;
  for (const SyncObject& object : now_.objects) {
    const bool is_fresh = !object.destroyed && !object.robust && !object.owner_died &&
                          !object.not_recoverable && object.owner < 0 && object.type == 0 &&
                          object.value == 0 && object.number == 0 && object.bytes == 0 &&
                          object.waiting.count == 0 && object.woken == 0 && object.dead == 0;
    if (!is_fresh || object.kind == SyncObject::Kind::semaphore) objects.push_back(&object);
  }
  std::ranges::sort(objects, {}, [](const SyncObject* object) {
    return std::tuple(object->kind, object->key, object->home);
  });
  digest.add(objects.size());
  for (const SyncObject* object : objects) {
    digest.add(object->key);
    digest.add(object->kind);
    digest.add(object->destroyed);
    digest.add(object->robust);
    digest.add(object->owner_died);
    digest.add(object->not_recoverable);
    digest.add(object->owner);
    digest.add(object->home);
    digest.add(object->type);
    digest.add(object->value);
    digest.add(object->ipc_key);
    digest.add(object->bytes);
    digest.add(object->number);
    digest.add(object->woken);
    digest.add(object->dead);
    digest.add(object->waiting.count);
    for (std::size_t i = 0; i < object->waiting.count; ++i) {
      const auto waiter = object->waiting.agents[i];
      digest.add(waiter);
      digest.add(object->bits[static_cast<std::size_t>(waiter)]);
    }
    for (std::size_t i = object->first; i < std::size_t{object->first} + object->number; ++i) {
      const SysvSemaphore& semaphore = now_.semaphores[i];
      digest.add(semaphore.value);
      digest.add(semaphore.last);
      for (const auto undo : semaphore.undo) digest.add(undo);
    }
  }
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
    case Action::cond_signal:
    case Action::cond_broadcast: {
      const SyncObject* const condition = find(SyncObject::Kind::condition, agent.a);
      return condition == nullptr || condition->waiting.count == 0 ||
             (condition->woken & condition->dead) == 0;
    }
    case Action::sem_wait:
    case Action::sem_timedwait: {
      const SyncObject* const semaphore = find(SyncObject::Kind::semaphore, agent.a);
      return semaphore == nullptr || semaphore->value > 0 ||
             (agent.action() == Action::sem_timedwait && agent.b != 0);
    }
    case Action::semop: {
      if (static_cast<TimeLimit>(agent.d) == TimeLimit::past) return true;
      bool blocks = false;
      check_semop(agent, blocks);
      return !blocks;
    }
    case Action::spin_lock: {
      const SyncObject* const lock = find(SyncObject::Kind::spin, agent.a);
      return lock == nullptr || lock->owner < 0;
    }
    case Action::once_begin: {
      const SyncObject* const once = find(SyncObject::Kind::once, agent.a);
      return once == nullptr || once->owner < 0;
    }
    case Action::barrier_awake:
    case Action::barrier_destroy: {
      const SyncObject* const barrier = find(SyncObject::Kind::barrier, agent.a);
      if (barrier == nullptr) return true;
      if (agent.action() == Action::barrier_destroy) return barrier->woken == 0;
      return (barrier->woken >> agent.id & 1) != 0;
    }
    case Action::futex_awake: {
      const SyncObject* const word = find(SyncObject::Kind::futex, agent.a, futex_home(agent));
      return word != nullptr && (word->woken >> agent.id & 1) != 0;
    }
    default:
      return true;
  }
}

int SyncModel::holder_awaited_by(const Context& agent) const {
  const auto holder = [&](SyncObject::Kind kind, std::uint64_t key) {
    const SyncObject* const lock = find(kind, key);
    return lock == nullptr ? -1 : static_cast<int>(lock->owner);
  };
  switch (agent.action()) {
    case Action::mutex_lock:
      return holder(SyncObject::Kind::mutex, agent.a);
    case Action::cond_awake:
      return can_leave_queue(agent) ? -1 : holder(SyncObject::Kind::mutex, agent.b);
    case Action::rwlock_read:
    case Action::rwlock_write:
      return holder(SyncObject::Kind::rwlock, agent.a);
    case Action::spin_lock:
      return holder(SyncObject::Kind::spin, agent.a);
    case Action::once_begin:
      return holder(SyncObject::Kind::once, agent.a);
    default:
      return -1;
  }
}

bool SyncModel::can_leave_queue(const Context& agent) const {
  if (enabled(agent)) return false;
  if (agent.action() == Action::futex_awake) return true;
  const SyncObject* const condition = find(SyncObject::Kind::condition, agent.a);
  return condition != nullptr && condition->waiting.holds(agent.id) &&
         mutex_is_free(agent.b, agent.id);
}

std::int64_t SyncModel::leave_queue(const Context& agent) {
  woken_ = 0;
  if (agent.action() == Action::futex_awake) {
    object(SyncObject::Kind::futex, agent.a, futex_home(agent)).waiting.remove(agent.id);
    return 0;
  }
  object(SyncObject::Kind::condition, agent.a).waiting.remove(agent.id);
  return lock(agent.b, agent.id, false);
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
    case Action::spin_forget:
    case Action::spin_lock:
    case Action::spin_trylock:
    case Action::spin_unlock:
      return perform_spin(agent);
    case Action::barrier_init:
    case Action::barrier_destroy:
    case Action::barrier_arrive:
    case Action::barrier_awake:
      return perform_barrier(agent);
    case Action::once_begin:
    case Action::once_end:
      return perform_once(agent);
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
    case Action::shmget:
    case Action::shmat:
    case Action::shmdt:
    case Action::shmctl:
      return perform_segment(agent);
    default:
      return perform_semaphore(agent);
  }
}

}  // namespace minusone
