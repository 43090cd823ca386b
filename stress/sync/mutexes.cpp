// Mutexes, read-write locks and condition variables, as pthread_mutex_lock(3p),
// pthread_rwlock_rdlock(3p) and pthread_cond_wait(3p) describe them and glibc behaves.
#include <pthread.h>

#include <algorithm>
#include <cerrno>

#include "stress/sync/sync_model.h"

namespace minusone {

namespace {

using Kind = SyncObject::Kind;

// A mutex that was never initialised by a call carries its type in its bytes
// (PTHREAD_*_INITIALIZER).
int static_type(std::uint64_t address) {
  return reinterpret_cast<const pthread_mutex_t*>(address)->__data.__kind & 3;
}

}  // namespace

bool SyncModel::mutex_is_free(std::uint64_t address, int agent) const {
  const SyncObject* const mutex = find(Kind::mutex, address);
  if (mutex == nullptr || mutex->owner < 0) return true;
  // Of its own mutex an agent learns at once, unless it is one that deadlocks.
  return mutex->owner == agent &&
         (mutex->type == PTHREAD_MUTEX_RECURSIVE || mutex->type == PTHREAD_MUTEX_ERRORCHECK);
}

std::int64_t SyncModel::lock(std::uint64_t address, int agent, bool only_try) {
  const bool is_new = find(Kind::mutex, address) == nullptr;
  SyncObject& mutex = object(Kind::mutex, address);
  if (is_new) mutex.type = static_type(address);
  if (mutex.not_recoverable) return ENOTRECOVERABLE;
  if (mutex.owner == agent) {
    if (mutex.type == PTHREAD_MUTEX_RECURSIVE) {
      ++mutex.value;
      return 0;
    }
    // glibc's trylock of an error-checking mutex tells of the deadlock only where it is robust.
    const bool tells = mutex.robust && mutex.type == PTHREAD_MUTEX_ERRORCHECK;
    return only_try && !tells ? EBUSY : EDEADLK;
  }
  if (mutex.owner >= 0) return EBUSY;
  mutex.owner = static_cast<std::int8_t>(agent);
  mutex.value = 1;
  return mutex.owner_died ? EOWNERDEAD : 0;
}

std::int64_t SyncModel::unlock(std::uint64_t address, int agent) {
  SyncObject& mutex = object(Kind::mutex, address);
  if (mutex.owner != agent) {
    // glibc checks the owner of these; a normal mutex it just opens.
    if (mutex.robust || mutex.type == PTHREAD_MUTEX_RECURSIVE ||
        mutex.type == PTHREAD_MUTEX_ERRORCHECK) {
      return EPERM;
    }
  }
  if (mutex.type == PTHREAD_MUTEX_RECURSIVE && --mutex.value > 0) return 0;
  mutex.owner = -1;
  mutex.value = 0;
  if (mutex.owner_died) mutex.not_recoverable = true;
  mutex.owner_died = false;
  return 0;
}

std::int64_t SyncModel::perform_mutex(const Context& agent) {
  switch (agent.action()) {
    case Action::mutex_init: {
      SyncObject& mutex = object(Kind::mutex, agent.a);
      mutex = SyncObject{};
      mutex.key = agent.a;
      mutex.kind = Kind::mutex;
      mutex.type = static_cast<int>(agent.b);
      mutex.robust = agent.c != 0;
      return 0;
    }
    case Action::mutex_destroy: {
      SyncObject& mutex = object(Kind::mutex, agent.a);
      if (mutex.owner >= 0) return EBUSY;
      return 0;
    }
    case Action::mutex_lock:
      return lock(agent.a, agent.id, false);
    case Action::mutex_trylock:
      return lock(agent.a, agent.id, true);
    case Action::mutex_timedlock: {
      const std::int64_t result = lock(agent.a, agent.id, false);
      // Of a normal one that it holds itself nobody is told: it waits until then, too.
      const int type = object(Kind::mutex, agent.a).type;
      const bool waits = result == EDEADLK && type != PTHREAD_MUTEX_ERRORCHECK;
      return result == EBUSY || waits ? ETIMEDOUT : result;
    }
    case Action::mutex_unlock:
      return unlock(agent.a, agent.id);
    default: {  // mutex_consistent
      SyncObject& mutex = object(Kind::mutex, agent.a);
      if (!mutex.robust || !mutex.owner_died) return EINVAL;
      mutex.owner_died = false;
      return 0;
    }
  }
}

std::int64_t SyncModel::perform_rwlock(const Context& agent) {
  SyncObject& lock = object(Kind::rwlock, agent.a);
  switch (agent.action()) {
    case Action::rwlock_read:
      if (lock.owner == agent.id) return agent.b == 1 ? EBUSY : EDEADLK;
      if (lock.owner >= 0) return agent.b == 2 ? ETIMEDOUT : EBUSY;
      ++lock.value;
      return 0;
    case Action::rwlock_write:
      if (lock.owner == agent.id) return agent.b == 1 ? EBUSY : EDEADLK;
      if (lock.owner >= 0 || lock.value > 0) return agent.b == 2 ? ETIMEDOUT : EBUSY;
      lock.owner = static_cast<std::int8_t>(agent.id);
      return 0;
    case Action::rwlock_unlock:
      if (lock.owner >= 0) {
        lock.owner = -1;
      } else if (lock.value > 0) {
        --lock.value;
      }
      return 0;
    default:  // rwlock_forget
      lock.owner = -1;
      lock.value = 0;
      return 0;
  }
}

std::int64_t SyncModel::perform_condition(const Context& agent) {
  if (agent.action() == Action::cond_release) {
    const std::int64_t refused = unlock(agent.b, agent.id);
    if (refused != 0 || agent.c != 0) return refused;
    object(Kind::condition, agent.a).waiting.push(agent.id);
    return 0;
  }
  if (agent.action() == Action::cond_awake) {
    SyncObject& condition = object(Kind::condition, agent.a);
    condition.woken = static_cast<std::uint16_t>(condition.woken & ~(1u << agent.id));
    return lock(agent.b, agent.id, false);
  }
  SyncObject& condition = object(Kind::condition, agent.a);
  if (agent.action() == Action::cond_forget) {
    condition.waiting = {};
    condition.woken = condition.dead = 0;
    return 0;
  }
  const bool all = agent.action() == Action::cond_broadcast;
  while (condition.waiting.count > 0) {
    // A wake-up is taken by one who lives, if there is one.
    const auto* const waiting = condition.waiting.agents.data();
    const auto* const living = std::find_if(waiting, waiting + condition.waiting.count,
                                            [&](int i) { return (condition.dead >> i & 1) == 0; });
    const int first = living == waiting + condition.waiting.count ? *waiting : *living;
    condition.waiting.remove(first);
    condition.woken = static_cast<std::uint16_t>(condition.woken | 1u << first);
    woken_ = static_cast<std::uint16_t>(woken_ | 1u << first);
    if (!all) break;
  }
  return 0;
}

}  // namespace minusone
