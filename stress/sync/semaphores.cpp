// POSIX semaphores (sem_overview(7)) and System V sets (semop(2)) with SEM_UNDO.
#include <semaphore.h>
#include <sys/ipc.h>
#include <sys/sem.h>

#include <cerrno>
#include <climits>

#include "stress/sync/sync_model.h"

namespace minusone {

namespace {

using Kind = SyncObject::Kind;
constexpr int most_value = 32767;  // SEMVMX
constexpr int first_id = 1;

}  // namespace

std::int64_t SyncModel::perform_semaphore(const Context& agent) {
  SyncObject& semaphore = object(Kind::semaphore, agent.a);
  switch (agent.action()) {
    case Action::sem_init:
      if (agent.b > SEM_VALUE_MAX) return -EINVAL;
      semaphore.value = static_cast<int>(agent.b);
      return 0;
    case Action::sem_destroy:
      return 0;
    case Action::sem_wait:
    case Action::sem_trywait:
    case Action::sem_timedwait:
      if (semaphore.value == 0) {
        return agent.action() == Action::sem_trywait ? -EAGAIN : -ETIMEDOUT;
      }
      --semaphore.value;
      return 0;
    case Action::sem_post:
      if (semaphore.value == SEM_VALUE_MAX) return -EOVERFLOW;
      ++semaphore.value;
      return 0;
    default:
      return semaphore.value;  // sem_getvalue
  }
}

std::int64_t SyncModel::perform_semget(const Context& agent) {
  const auto key = static_cast<std::int64_t>(static_cast<key_t>(agent.a));
  const int number = static_cast<int>(agent.b);
  const int flags = static_cast<int>(agent.c);
  std::uint64_t next = first_id;
  for (const SyncObject& set : now_.objects) {
    if (set.kind != Kind::sysv_set) continue;
    next = set.key + 1;
    if (set.destroyed || key == IPC_PRIVATE || set.ipc_key != key) continue;
    if ((flags & IPC_CREAT) != 0 && (flags & IPC_EXCL) != 0) return -EEXIST;
    if (number > set.number) return -EINVAL;
    return static_cast<std::int64_t>(set.key);
  }
  if (key != IPC_PRIVATE && (flags & IPC_CREAT) == 0) return -ENOENT;
  if (number <= 0) return -EINVAL;
  SyncObject& set = object(Kind::sysv_set, next);
  set.ipc_key = key;
  set.first = static_cast<std::uint16_t>(now_.semaphores.size());
  set.number = static_cast<std::uint16_t>(number);
  now_.semaphores.resize(now_.semaphores.size() + static_cast<std::size_t>(number));
  return static_cast<std::int64_t>(set.key);
}

std::int64_t SyncModel::perform_semctl(const Context& agent) {
  const SyncObject* const set = find(Kind::sysv_set, agent.a);
  if (set == nullptr || set->destroyed) return -EINVAL;
  const int command = static_cast<int>(agent.c);
  if (command == IPC_RMID) {
    object(Kind::sysv_set, agent.a).destroyed = true;
    return 0;
  }
  if (command == SETALL || command == GETALL) {
    auto* const values = reinterpret_cast<unsigned short*>(agent.d);
    for (int i = 0; i < set->number; ++i) {
      SysvSemaphore& semaphore = now_.semaphores[static_cast<std::size_t>(set->first + i)];
      if (command == GETALL) {
        values[i] = static_cast<unsigned short>(semaphore.value);
      } else {
        if (values[i] > most_value) return -ERANGE;
        semaphore.value = values[i];
        semaphore.last = agent.id + 1;
        semaphore.undo = {};
      }
    }
    return 0;
  }
  const int value = static_cast<int>(agent.d);
  if (command == SETVAL && (value < 0 || value > most_value)) return -ERANGE;  // checked first
  if (agent.b >= set->number) return -EINVAL;
  SysvSemaphore& semaphore = now_.semaphores[set->first + agent.b];
  switch (command) {
    case GETVAL:
      return semaphore.value;
    case SETVAL:
      semaphore.value = value;
      semaphore.last = agent.id + 1;
      semaphore.undo = {};  // semctl(2): undo entries are cleared
      return 0;
    case GETPID:
      return semaphore.last;
    default:
      return -EINVAL;
  }
}

// semop(2): the operations are tried in order and take effect all or none. The first that cannot
// be made decides: EAGAIN with IPC_NOWAIT, else the caller blocks.
std::int64_t SyncModel::check_semop(const Context& agent, bool& blocks) const {
  const SyncObject* const set = find(Kind::sysv_set, agent.a);
  const auto* const operations = reinterpret_cast<const sembuf*>(agent.b);
  if (agent.c == 0) return -EINVAL;
  if (set == nullptr) return -EINVAL;
  if (agent.c > 500) return -E2BIG;  // SEMOPM
  for (std::uint64_t i = 0; i < agent.c; ++i) {
    if (operations[i].sem_num >= set->number) return -EFBIG;
  }
  for (std::uint64_t i = 0; i < agent.c; ++i) {
    const sembuf& operation = operations[i];
    const SysvSemaphore& semaphore = now_.semaphores[set->first + operation.sem_num];
    int value = semaphore.value;
    int undo = semaphore.undo[static_cast<std::size_t>(agent.id)];
    for (std::uint64_t j = 0; j < i; ++j) {
      if (operations[j].sem_num != operation.sem_num) continue;
      value += operations[j].sem_op;
      if ((operations[j].sem_flg & SEM_UNDO) != 0) undo -= operations[j].sem_op;
    }
    const bool waits_for_zero = operation.sem_op == 0 && value != 0;
    if (waits_for_zero || value + operation.sem_op < 0) {
      if ((operation.sem_flg & IPC_NOWAIT) != 0) return -EAGAIN;
      // Who slept when the set was removed is told so; who comes later finds none.
      if (set->destroyed) return -EIDRM;
      blocks = true;
      return -EAGAIN;
    }
    if (value + operation.sem_op > most_value) return -ERANGE;
    if ((operation.sem_flg & SEM_UNDO) != 0) {
      undo -= operation.sem_op;
      if (undo < -most_value - 1 || undo > most_value) return -ERANGE;
    }
  }
  return set->destroyed ? -EINVAL : 0;
}

std::int64_t SyncModel::perform_semop(const Context& agent) {
  bool blocks = false;
  const std::int64_t refused = check_semop(agent, blocks);
  if (refused != 0) return refused;
  const SyncObject* const set = find(Kind::sysv_set, agent.a);
  const auto* const operations = reinterpret_cast<const sembuf*>(agent.b);
  for (std::uint64_t i = 0; i < agent.c; ++i) {
    const sembuf& operation = operations[i];
    SysvSemaphore& semaphore = now_.semaphores[set->first + operation.sem_num];
    semaphore.value += operation.sem_op;
    semaphore.last = agent.id + 1;
    if ((operation.sem_flg & SEM_UNDO) == 0) continue;
    std::int16_t& undo = semaphore.undo[static_cast<std::size_t>(agent.id)];
    undo = static_cast<std::int16_t>(undo - operation.sem_op);
  }
  return 0;
}

void SyncModel::agent_ends(int agent) {
  for (SysvSemaphore& semaphore : now_.semaphores) {
    std::int16_t& undo = semaphore.undo[static_cast<std::size_t>(agent)];
    if (undo == 0 || !processes_) continue;
    // The kernel never blocks here and cuts off at the ends of the range (ipc/sem.c, exit_sem).
    semaphore.value += undo;
    if (semaphore.value < 0) semaphore.value = 0;
    if (semaphore.value > most_value) semaphore.value = most_value;
    semaphore.last = agent + 1;
    undo = 0;
  }
  for (SyncObject& mutex : now_.objects) {
    if (mutex.kind != Kind::mutex || mutex.owner != agent || !mutex.robust) continue;
    mutex.owner = -1;
    mutex.value = 0;
    mutex.owner_died = true;
  }
}

void SyncModel::agent_dies(const Context& agent) {
  if (agent.action() == Action::futex_awake) {
    SyncObject& word = object(Kind::futex, agent.a, futex_home(agent));
    word.waiting.remove(agent.id);
    word.woken = static_cast<std::uint16_t>(word.woken & ~(1u << agent.id));
  }
  if (agent.action() == Action::cond_awake) {
    SyncObject& condition = object(Kind::condition, agent.a);
    condition.dead = static_cast<std::uint16_t>(condition.dead | 1u << agent.id);
  }
  agent_ends(agent.id);
}

}  // namespace minusone
