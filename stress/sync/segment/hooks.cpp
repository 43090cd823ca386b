// System V segments. The engine keeps their state (segment.cpp).
#include <sys/ipc.h>
#include <sys/shm.h>

#include "stress/instrument/runtime.h"

using namespace minusone;
using namespace minusone::runtime;

MINUSONE_HOOK int minusone_rt_shmget(key_t key, std::size_t bytes, int flags) {
  MINUSONE_CALLED_HERE;
  return result_or_errno(announce(code_of(Action::shmget), static_cast<std::uint64_t>(key), bytes,
                                  static_cast<std::uint64_t>(flags)));
}
MINUSONE_HOOK void* minusone_rt_shmat(int id, const void* wanted, int flags) {
  MINUSONE_CALLED_HERE;
  if (wanted != nullptr || (flags & SHM_RDONLY) != 0)
    violation("shmat() at an address of one's own, or to read only, is not modelled");
  const std::uint64_t result = announce(code_of(Action::shmat), static_cast<std::uint64_t>(id));
  if (static_cast<std::int64_t>(result) >= 0) return reinterpret_cast<void*>(result);
  errno = static_cast<int>(-static_cast<std::int64_t>(result));
  return reinterpret_cast<void*>(-1);
}
MINUSONE_HOOK int minusone_rt_shmdt(const void* at) {
  MINUSONE_CALLED_HERE;
  return result_or_errno(announce(code_of(Action::shmdt), address(at)));
}
MINUSONE_HOOK int minusone_rt_shmctl(int id, int command, shmid_ds*) {
  MINUSONE_CALLED_HERE;
  if (command != IPC_RMID) violation("shmctl() is modelled for IPC_RMID only");
  return result_or_errno(announce(code_of(Action::shmctl), static_cast<std::uint64_t>(id),
                                  static_cast<std::uint64_t>(command)));
}
