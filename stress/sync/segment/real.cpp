// System V segments of whole programs in lock step: real ones, each under a key of our own instead
// of the one that its program asked for, and known to the run log before it is made. The controller
// makes and removes them, so that what a killed run leaves is told by its creator; agents attach
// and detach by themselves, at the addresses that the model has for them.
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include <algorithm>
#include <cerrno>
#include <map>

#include "protocol/run_log.h"
#include "stress/sync/segment/segment.h"

namespace minusone::segment {

namespace {

/// The kernel's id, its size, and where agents attach it. -1: there is none.
struct RealSegment {
  int id = -1;
  std::size_t bytes = 0;
  std::uint64_t at = 0;
};

class RealSegments : public RealObjects {
 public:
  explicit RealSegments(RunLog& log) : log_(log) {}
  ~RealSegments() override { restart(); }

  // All that was made is removed. Who is attached still has it.
  void restart() override {
    for (RealSegment& segment : *table_) {
      if (segment.id != -1) shmctl(segment.id, IPC_RMID, nullptr);
      segment = {};
    }
  }
  std::array<RealSegment, 32>& table() const { return *table_; }
  int id_of(std::uint64_t id) const { return id < table().size() ? table()[id].id : -1; }
  key_t key_for(key_t asked);

 private:
  RunLog& log_;
  SharedTable<std::array<RealSegment, 32>> table_;  ///< by the model's id
  std::map<key_t, key_t> keys_;                     ///< by what programs ask for
};

key_t RealSegments::key_for(key_t asked) {
  if (asked == IPC_PRIVATE) return log_.reserve_key("shm");
  const auto known = keys_.find(asked);
  if (known != keys_.end()) return known->second;
  key_t key = log_.reserve_key("shm");
  while (shmget(key, 0, 0) != -1 || errno != ENOENT) {  // somebody else's
    log_.release_key("shm", key);
    key = log_.reserve_key("shm");
  }
  return keys_[asked] = key;
}

RealSegments& segments(RealObjects* objects) { return static_cast<RealSegments&>(*objects); }

// EIDRM where the kernel has given the place to a newer segment.
std::int64_t refusal() { return errno == EIDRM ? -EINVAL : -errno; }

}  // namespace

std::unique_ptr<RealObjects> real_objects(RunLog& log) {
  return std::make_unique<RealSegments>(log);
}

// Where the kernel found one segment too many or too few, an id that the model does not have.
std::int64_t real::get(const Context& call, RealObjects* objects, std::int64_t modelled) {
  auto& table = segments(objects).table();
  const auto asked = static_cast<key_t>(call.a);
  int flags = static_cast<int>(call.c) & (IPC_CREAT | IPC_EXCL);
  if (asked == IPC_PRIVATE) flags = IPC_CREAT | IPC_EXCL;
  const int id = shmget(segments(objects).key_for(asked), call.b, flags | 0600);
  if (id == -1) return -errno;
  const auto known = std::ranges::find(table, id, &RealSegment::id);
  if (known != table.end()) return known - table.begin();
  const bool is_new = modelled > 0 && modelled < static_cast<std::int64_t>(table.size()) &&
                      table[static_cast<std::size_t>(modelled)].id == -1;
  if (!is_new) {
    shmctl(id, IPC_RMID, nullptr);
    return static_cast<std::int64_t>(table.size());
  }
  table[static_cast<std::size_t>(modelled)] = {id, call.b, 0};
  return modelled;
}

std::int64_t real::remove(const Context& call, RealObjects* objects, std::int64_t) {
  return shmctl(segments(objects).id_of(call.a), IPC_RMID, nullptr) == 0 ? 0 : refusal();
}

// At the place that the model says; not an address: the model refuses.
std::optional<std::int64_t> real::attach(const Context& call, RealObjects* objects,
                                         std::int64_t modelled) {
  void* const wanted = modelled < 0 ? nullptr : reinterpret_cast<void*>(modelled);
  void* const got =
      shmat(segments(objects).id_of(call.a), wanted, wanted == nullptr ? 0 : SHM_REMAP);
  if (got == reinterpret_cast<void*>(-1)) return refusal();
  segments(objects).table()[call.a].at = reinterpret_cast<std::uint64_t>(got);
  return reinterpret_cast<std::int64_t>(got);
}

std::optional<std::int64_t> real::detach(const Context& call, RealObjects* objects, std::int64_t) {
  const auto& table = segments(objects).table();
  if (shmdt(reinterpret_cast<const void*>(call.a)) == -1) return -errno;
  // Nothing else may come to lie there.
  const auto was = std::ranges::find(table, call.a, &RealSegment::at);
  if (was != table.end()) {
    mmap(reinterpret_cast<void*>(call.a), was->bytes, PROT_NONE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  }
  return 0;
}

}  // namespace minusone::segment
