#include "stress/sync/sysv_set/sysv_set.h"

#include <sys/ipc.h>
#include <sys/sem.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "stress/instrument/runtime.h"
#include "stress/sync/sync_model.h"

namespace minusone {

namespace sysv_set {

namespace {

constexpr int most_value = 32767;               // SEMVMX
constexpr std::uint64_t most_operations = 500;  // SEMOPM
constexpr int most_semaphores = 32000;          // SEMMSL
constexpr std::uint64_t first_id = 1;

std::span<const SysvSemaphore> semaphores_in(std::span<const std::byte> tail) {
  return {reinterpret_cast<const SysvSemaphore*>(tail.data()), tail.size() / sizeof(SysvSemaphore)};
}

bool is_fresh(const KernelObject&) { return false; }

void add_to(const KernelObject& object, std::span<const std::byte> tail, StateSink& sink) {
  const auto& set = object.as<SysvSet>();
  sink.add(set.removed);
  sink.add(set.slept);
  sink.add(set.woken);
  sink.add_detail(set.operated);
  sink.add_detail(static_cast<std::uint64_t>(set.ipc_key));
  for (const SysvSemaphore& semaphore : semaphores_in(tail)) {
    sink.add(static_cast<std::uint64_t>(semaphore.value));
    sink.add_detail(static_cast<std::uint64_t>(semaphore.last));
    for (const auto undo : semaphore.undo) sink.add_detail(static_cast<std::uint64_t>(undo));
  }
}

std::string title(const KernelObject& object, const std::string&) {
  return "semaphore set " + std::to_string(object.key);
}

std::string value(const KernelObject& object, std::span<const std::byte> tail, const AgentNames&) {
  if (object.as<SysvSet>().removed) return "removed";
  std::string text;
  for (const SysvSemaphore& semaphore : semaphores_in(tail))
    text += (text.empty() ? "" : ", ") + std::to_string(semaphore.value);
  return text.empty() ? "none" : text;
}

}  // namespace

}  // namespace sysv_set

const ObjectKind SysvSet::kind{.name = "sysv_set",
                               .is_fresh = sysv_set::is_fresh,
                               .add_to = sysv_set::add_to,
                               .title = sysv_set::title,
                               .value = sysv_set::value,
                               .unused = "none",
                               .called = nullptr,
                               .lent = nullptr,
                               .own_bytes = 0};

namespace sysv_set {

namespace {

/// 0: of none, and of all that may be made.
constexpr std::uint64_t address_of(std::uint64_t id) { return kernel_object('s', id); }

auto semaphores_of(const SyncModel& model, std::uint64_t id) {
  return model.tail_of<SysvSet, SysvSemaphore>(id);
}
auto semaphores_of(SyncModel& model, std::uint64_t id) {
  return model.tail_of<SysvSet, SysvSemaphore>(id);
}

// The operations are tried in order and take effect all or none. The first that cannot be made
// decides: EAGAIN with IPC_NOWAIT, else the caller blocks.
std::int64_t check(const SyncModel& model, const Context& call, bool& blocks) {
  const auto* const set = model.find<SysvSet>(call.a);
  const auto* const operations = reinterpret_cast<const sembuf*>(call.b);
  if (call.c == 0) return -EINVAL;
  if (call.c > most_operations) return -E2BIG;
  if (static_cast<TimeLimit>(call.d) == TimeLimit::invalid) return -EINVAL;
  if (set == nullptr) return -EINVAL;
  // Who slept when the set was removed is told so; who comes later finds none.
  if (set->removed) return set->woken && holds(set->slept, call.id) ? -EIDRM : -EINVAL;
  const auto semaphores = semaphores_of(model, call.a);
  for (std::uint64_t i = 0; i < call.c; ++i) {
    if (operations[i].sem_num >= semaphores.size()) return -EFBIG;
  }
  for (std::uint64_t i = 0; i < call.c; ++i) {
    const sembuf& operation = operations[i];
    const SysvSemaphore& semaphore = semaphores[operation.sem_num];
    int value = semaphore.value;
    int undo = semaphore.undo[static_cast<std::size_t>(call.id)];
    for (std::uint64_t j = 0; j < i; ++j) {
      if (operations[j].sem_num != operation.sem_num) continue;
      value += operations[j].sem_op;
      if ((operations[j].sem_flg & SEM_UNDO) != 0) undo -= operations[j].sem_op;
    }
    const bool waits_for_zero = operation.sem_op == 0 && value != 0;
    if (waits_for_zero || value + operation.sem_op < 0) {
      if ((operation.sem_flg & IPC_NOWAIT) != 0) return -EAGAIN;
      blocks = true;
      return -EAGAIN;
    }
    if (value + operation.sem_op > most_value) return -ERANGE;
    if ((operation.sem_flg & SEM_UNDO) != 0) {
      undo -= operation.sem_op;
      if (undo < -most_value - 1 || undo > most_value) return -ERANGE;
    }
  }
  return 0;
}

/// Who sleeps at the set now, or is about to.
AgentBits sleepers_at(const SyncModel& model, const Context& removal) {
  AgentBits sleeping = 0;
  Context call;
  for (int agent = 0; agent < max_agents && model.announced(); ++agent) {
    bool blocks = false;
    if (agent == removal.id || !model.announced()(agent, call) || call.action() != Action::semop ||
        call.a != removal.a) {
      continue;
    }
    check(model, call, blocks);
    if (blocks) sleeping = with(sleeping, agent);
  }
  return sleeping;
}

/// @return of the first half, 1 where there is a second
std::int64_t remove(SyncModel& model, const Context& call, Removal part) {
  auto& set = model.object<SysvSet>(call.a);
  if (!set.removed) set.slept = sleepers_at(model, call);
  set.removed = true;
  set.woken = part != Removal::begins;
  return part == Removal::begins && set.slept != 0 ? 1 : 0;
}

std::int64_t set_all(std::span<SysvSemaphore> semaphores, const Context& call) {
  const auto* const values = reinterpret_cast<const unsigned short*>(call.d);
  const auto end = values + semaphores.size();
  if (std::any_of(values, end, [](int value) { return value > most_value; })) return -ERANGE;
  for (std::size_t i = 0; i < semaphores.size(); ++i) {
    semaphores[i] = {.value = values[i], .last = call.id + 1};
  }
  return 0;
}

std::int64_t get_all(std::span<const SysvSemaphore> semaphores, Context& call) {
  auto* const values = reinterpret_cast<unsigned short*>(call.d);
  for (std::size_t i = 0; i < semaphores.size(); ++i)
    values[i] = static_cast<unsigned short>(semaphores[i].value);
  call.private_effect = true;  // handed out without a step of its own
  return 0;
}

/// What of semid_ds a program may rely on: how many there are, and whether one was operated on yet.
std::int64_t describe(const SysvSet& set, std::size_t semaphores, Context& call) {
  semid_ds state{};
  state.sem_perm.__key = static_cast<key_t>(set.ipc_key);
  state.sem_perm.uid = state.sem_perm.cuid = geteuid();
  state.sem_perm.gid = state.sem_perm.cgid = getegid();
  state.sem_perm.mode = static_cast<unsigned short>(set.flags & 0777);
  state.sem_otime = set.operated ? now_seconds : 0;
  state.sem_ctime = now_seconds;
  state.sem_nsems = semaphores;
  std::memcpy(reinterpret_cast<void*>(call.d), &state, sizeof state);
  return 0;
}

}  // namespace

void touches_all(const Context&, Step& step) { step.add(address_of(0), 1, true, true); }
void touches_set(const Context& call, Step& step) { step.add(address_of(call.a), 1, true, true); }

bool can_operate(const SyncModel& model, const Context& call) {
  if (static_cast<TimeLimit>(call.d) == TimeLimit::past) return true;
  bool blocks = false;
  check(model, call, blocks);
  return !blocks;
}

std::int64_t get(SyncModel& model, Context& call) {
  const auto key = static_cast<std::int64_t>(static_cast<key_t>(call.a));
  const int number = static_cast<int>(call.b);
  const int flags = static_cast<int>(call.c);
  if (number < 0 || number > most_semaphores) return -EINVAL;
  std::uint64_t next = first_id;
  std::int64_t found = 0;
  model.each<SysvSet>([&](std::uint64_t id, const SysvSet& set) {
    next = id + 1;
    if (set.removed || key == IPC_PRIVATE || set.ipc_key != key) return false;
    const bool exclusive = (flags & IPC_CREAT) != 0 && (flags & IPC_EXCL) != 0;
    const bool too_small = number > static_cast<int>(semaphores_of(model, id).size());
    found = exclusive ? -EEXIST : too_small ? -EINVAL : static_cast<std::int64_t>(id);
    return true;
  });
  if (found != 0) return found;
  if (key != IPC_PRIVATE && (flags & IPC_CREAT) == 0) return -ENOENT;
  if (number == 0) return -EINVAL;
  auto& made = model.object<SysvSet>(next);
  made.ipc_key = key;
  made.flags = flags;
  const std::vector<SysvSemaphore> semaphores(static_cast<std::size_t>(number));
  model.give_tail<SysvSet>(next, std::span(semaphores));
  return static_cast<std::int64_t>(next);
}

std::int64_t control(SyncModel& model, Context& call) {
  const auto* const set = model.find<SysvSet>(call.a);
  const int command = static_cast<int>(call.c);
  const int value = static_cast<int>(call.d);
  // Before the kernel looks for the set (ipc/sem.c, semctl_setval).
  if (command == SETVAL && static_cast<int>(call.a) >= 0 && (value < 0 || value > most_value))
    return -ERANGE;
  const bool ends = command == IPC_RMID && static_cast<Removal>(call.d) == Removal::ends;
  if (set == nullptr || (set->removed && !ends)) return -EINVAL;
  switch (command) {
    case IPC_RMID:
      return remove(model, call, static_cast<Removal>(call.d));
    case IPC_SET:  // owner and permissions, of which nobody is refused anything here
      return 0;
    case IPC_STAT:
      return describe(*set, semaphores_of(std::as_const(model), call.a).size(), call);
    default:
      break;
  }
  const auto semaphores = semaphores_of(model, call.a);
  if (command == SETALL) return set_all(semaphores, call);
  if (command == GETALL) return get_all(semaphores, call);
  if (call.b >= semaphores.size()) return -EINVAL;
  SysvSemaphore& semaphore = semaphores[call.b];
  switch (command) {
    case GETVAL:
      return semaphore.value;
    case SETVAL:  // semctl(2): undo entries are cleared
      semaphore = {.value = value, .last = call.id + 1};
      return 0;
    case GETPID:
      return semaphore.last;
    default:
      return -EINVAL;
  }
}

std::int64_t operate(SyncModel& model, Context& call) {
  bool blocks = false;
  const std::int64_t refused = check(model, call, blocks);
  if (model.find<SysvSet>(call.a) == nullptr) return refused;
  auto& set = model.object<SysvSet>(call.a);
  set.slept = without(set.slept, call.id);
  if (refused != 0) return refused;
  set.operated = true;
  const auto semaphores = semaphores_of(model, call.a);
  const auto* const operations = reinterpret_cast<const sembuf*>(call.b);
  for (std::uint64_t i = 0; i < call.c; ++i) {
    const sembuf& operation = operations[i];
    SysvSemaphore& semaphore = semaphores[operation.sem_num];
    semaphore.value += operation.sem_op;
    semaphore.last = call.id + 1;
    if ((operation.sem_flg & SEM_UNDO) == 0) continue;
    std::int16_t& undo = semaphore.undo[static_cast<std::size_t>(call.id)];
    undo = static_cast<std::int16_t>(undo - operation.sem_op);
  }
  return 0;
}

bool has_deadline(const Context& call) {
  return static_cast<TimeLimit>(call.d) == TimeLimit::future;
}

// SEM_UNDO is of a process, and outlives its threads.
void undone_by_end(const SyncModel& model, int agent, UndoneByEnd& undone) {
  if (!model.processes()) return;
  model.each<SysvSet>([&](std::uint64_t id, const SysvSet&) {
    const bool undoes = std::ranges::any_of(semaphores_of(model, id), [&](const auto& semaphore) {
      return semaphore.undo[static_cast<std::size_t>(agent)] != 0;
    });
    if (undoes) undone.add(address_of(id), 1);
    return false;
  });
}

void ends(SyncModel& model, int agent) {
  if (!model.processes()) return;
  model.each<SysvSet>([&](std::uint64_t id, const SysvSet&) {
    for (SysvSemaphore& semaphore : semaphores_of(model, id)) {
      std::int16_t& undo = semaphore.undo[static_cast<std::size_t>(agent)];
      if (undo == 0) continue;
      // The kernel never blocks here and cuts off at the ends of the range (ipc/sem.c, exit_sem).
      semaphore.value = std::clamp(semaphore.value + undo, 0, most_value);
      semaphore.last = agent + 1;
      undo = 0;
    }
    return false;
  });
}

}  // namespace sysv_set

}  // namespace minusone
