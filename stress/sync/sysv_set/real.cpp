// System V sets in lock step: the kernel's, each under a key of our own instead of the one that the
// agent asked for, and known to the run log before it is made. The controller makes and removes
// them; agents see the model's ids.
#include <fmt/format.h>
#include <sys/ipc.h>
#include <sys/sem.h>

#include <algorithm>
#include <vector>

#include "protocol/run_log.h"
#include "stress/sync/sysv_set/sysv_set.h"

namespace minusone::sysv_set {

namespace {

/// The kernel's id and how many semaphores the set has. -1: there is none.
struct RealSet {
  int id = -1;
  int number = 0;
};

class RealSets : public RealObjects {
 public:
  explicit RealSets(RunLog& log) : log_(log) {}
  ~RealSets() override {
    for (std::size_t id = 0; id < sets_->size(); ++id) remove(id);
  }

  void remember() override {
    starts_.clear();
    for (const RealSet& set : *sets_) {
      auto& values = starts_.emplace_back(static_cast<std::size_t>(set.number));
      if (set.id != -1) semctl(set.id, 0, GETALL, values.data());
    }
  }
  // Sets as they were at the start; SETALL also clears what is to be undone (semctl(2)).
  void restart() override {
    for (std::size_t id = 0; id < starts_.size(); ++id) {
      auto& values = starts_[id];
      if (values.empty()) {
        remove(id);
        continue;
      }
      make(id, values.size());
      if (semctl((*sets_)[id].id, 0, SETALL, values.data()) == -1)
        throw OsError(errno, "semctl(SETALL)", "a set of agents in lock step");
    }
  }

  RealSet of(std::uint64_t id) const { return id < sets_->size() ? (*sets_)[id] : RealSet{}; }
  // Under a key of our own, whatever the agent asked for: the model knows the agents' keys.
  void make(std::size_t id, std::uint64_t number) {
    RealSet& set = sets_->at(id);
    if (set.id != -1) return;
    set.number = static_cast<int>(number);
    do {
      const key_t key = log_.reserve_key("sem");
      set.id = semget(key, set.number, IPC_CREAT | IPC_EXCL | 0600);
      if (set.id == -1 && errno != EEXIST)
        throw OsError(errno, "semget", fmt::format("a set of {} for agents in lock step", number));
      if (set.id == -1) log_.release_key("sem", key);
    } while (set.id == -1);
  }
  void remove(std::uint64_t id) {
    if (of(id).id != -1) semctl(of(id).id, 0, IPC_RMID);
    (*sets_)[id] = {};
  }

 private:
  RunLog& log_;
  SharedTable<std::array<RealSet, 64>> sets_;  ///< by the model's id
  std::vector<std::vector<unsigned short>> starts_;
};

RealSets& sets(RealObjects* objects) { return static_cast<RealSets&>(*objects); }

std::span<const sembuf> operations_of(const Context& call) {
  return {reinterpret_cast<const sembuf*>(call.b), call.c};
}

bool never_waits(const sembuf& operation) { return (operation.sem_flg & IPC_NOWAIT) != 0; }

std::size_t pack(std::span<std::byte> room, const void* from, std::size_t bytes) {
  if (bytes <= room.size()) std::memcpy(room.data(), from, bytes);
  return bytes;
}

}  // namespace

std::unique_ptr<RealObjects> real_objects(RunLog& log) { return std::make_unique<RealSets>(log); }

std::int64_t real::get(const Context& call, RealObjects* objects, std::int64_t modelled) {
  if (modelled >= 0) sets(objects).make(static_cast<std::size_t>(modelled), call.b);
  return modelled;
}

// The kernel tells processes where the model has agents.
bool real::controller_controls(const Context& call, const RealObjects*) {
  return call.c == IPC_RMID || call.c == GETPID;
}

std::optional<std::int64_t> real::control(const Context& call, RealObjects* objects,
                                          std::int64_t modelled) {
  if (controller_controls(call, objects)) return modelled;
  return or_errno(semctl(sets(objects).of(call.a).id, static_cast<int>(call.b),
                         static_cast<int>(call.c), call.d));
}

std::int64_t real::remove(const Context& call, RealObjects* objects, std::int64_t modelled) {
  if (call.c == IPC_RMID && modelled >= 0) sets(objects).remove(call.a);
  return modelled;
}

// Where some operations were given IPC_NOWAIT and others wait, the first that cannot be made
// decides, and the kernel does not tell which it was; nor, of a set that is gone, who slept there.
bool real::controller_decides(const Context& call, const RealObjects* objects) {
  const auto operations = operations_of(call);
  return static_cast<const RealSets*>(objects)->of(call.a).id == -1 ||
         (std::ranges::any_of(operations, never_waits) &&
          !std::ranges::all_of(operations, never_waits));
}

std::optional<std::int64_t> real::operate(const Context& call, RealObjects* objects,
                                          std::int64_t modelled) {
  if (sets(objects).of(call.a).id == -1) return modelled;
  const auto given = operations_of(call);
  std::vector<sembuf> operations(given.begin(), given.end());
  const bool tries = static_cast<TimeLimit>(call.d) == TimeLimit::past ||
                     std::ranges::any_of(operations, never_waits);
  for (sembuf& operation : operations)
    operation.sem_flg = static_cast<short>(operation.sem_flg | IPC_NOWAIT);
  const auto result =
      or_errno(semop(sets(objects).of(call.a).id, operations.data(), operations.size()));
  if (result == -EAGAIN && !tries) return std::nullopt;
  return result;
}

std::size_t real::pack_operations(const Context& call, const RealObjects*,
                                  std::span<std::byte> room) {
  constexpr std::uint64_t most = 500;  // SEMOPM: of more the kernel reads none
  if (call.c > most) return 0;
  return pack(room, reinterpret_cast<const void*>(call.b), call.c * sizeof(sembuf));
}

void real::unpack_operations(Context& call, std::span<std::byte> packed) {
  call.b = reinterpret_cast<std::uint64_t>(packed.data());
}

std::size_t real::pack_values(const Context& call, const RealObjects* objects,
                              std::span<std::byte> room) {
  if (call.c != SETALL) return 0;
  const auto number =
      static_cast<std::size_t>(static_cast<const RealSets*>(objects)->of(call.a).number);
  return pack(room, reinterpret_cast<const void*>(call.d), number * sizeof(unsigned short));
}

void real::unpack_values(Context& call, std::span<std::byte> packed) {
  if (call.c == SETALL || call.c == GETALL || call.c == IPC_STAT)
    call.d = reinterpret_cast<std::uint64_t>(packed.data());
}

}  // namespace minusone::sysv_set
