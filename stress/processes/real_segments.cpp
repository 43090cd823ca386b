#include "stress/processes/real_segments.h"

#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include <algorithm>
#include <cerrno>

namespace minusone {

namespace {

int id_of(std::uint64_t id, const RealSegments::Table& table) {
  return id < table.size() ? table[id].id : -1;
}

}  // namespace

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

std::int64_t RealSegments::get(const Context& call, std::int64_t expected) {
  const auto asked = static_cast<key_t>(call.a);
  int flags = static_cast<int>(call.c) & (IPC_CREAT | IPC_EXCL);
  if (asked == IPC_PRIVATE) flags = IPC_CREAT | IPC_EXCL;
  const int id = shmget(key_for(asked), call.b, flags | 0600);
  if (id == -1) return -errno;
  const auto known = std::ranges::find(table_, id, &RealSegment::id);
  if (known != table_.end()) return known - table_.begin();
  const bool is_new = expected > 0 && expected < static_cast<std::int64_t>(table_.size()) &&
                      table_[static_cast<std::size_t>(expected)].id == -1;
  if (!is_new) {
    shmctl(id, IPC_RMID, nullptr);
    return static_cast<std::int64_t>(table_.size());
  }
  table_[static_cast<std::size_t>(expected)] = {id, call.b, 0};
  return expected;
}

std::int64_t RealSegments::remove(const Context& call) {
  if (shmctl(id_of(call.a, table_), IPC_RMID, nullptr) == 0) return 0;
  // EIDRM instead: the kernel has given the place to a newer segment.
  return errno == EIDRM ? -EINVAL : -errno;
}

void RealSegments::remove_all() {
  for (RealSegment& segment : table_) {
    if (segment.id != -1) shmctl(segment.id, IPC_RMID, nullptr);
    segment = {};
  }
}

std::int64_t attach_segment(const Context& call, RealSegments::Table& table, std::int64_t at) {
  void* const wanted = at < 0 ? nullptr : reinterpret_cast<void*>(at);
  void* const got = shmat(id_of(call.a, table), wanted, wanted == nullptr ? 0 : SHM_REMAP);
  if (got == reinterpret_cast<void*>(-1)) return errno == EIDRM ? -EINVAL : -errno;
  table[call.a].at = reinterpret_cast<std::uint64_t>(got);
  return reinterpret_cast<std::int64_t>(got);
}

std::int64_t detach_segment(const Context& call, const RealSegments::Table& table) {
  if (shmdt(reinterpret_cast<const void*>(call.a)) == -1) return -errno;
  // Nothing else may come to lie there.
  const auto was = std::ranges::find(table, call.a, &RealSegment::at);
  if (was != table.end()) {
    mmap(reinterpret_cast<void*>(call.a), was->bytes, PROT_NONE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  }
  return 0;
}

}  // namespace minusone
