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
  if (wanted != nullptr || (flags & ~SHM_RND) != 0) {
    not_modelled(
        "shmat() at an address of one's own, or with SHM_RDONLY or the like, is not modelled");
  }
  const std::uint64_t result = announce(code_of(Action::shmat), static_cast<std::uint64_t>(id));
  if (static_cast<std::int64_t>(result) >= 0) return own_address(result);
  errno = static_cast<int>(-static_cast<std::int64_t>(result));
  return reinterpret_cast<void*>(-1);
}
MINUSONE_HOOK int minusone_rt_shmdt(const void* at) {
  MINUSONE_CALLED_HERE;
  return result_or_errno(announce(code_of(Action::shmdt), address(at)));
}
MINUSONE_HOOK int minusone_rt_shmctl(int id, int command, shmid_ds*) {
  MINUSONE_CALLED_HERE;
  switch (command) {
    case IPC_RMID:
      break;
    case IPC_STAT:
    case IPC_SET:
    case SHM_LOCK:
    case SHM_UNLOCK:
    case IPC_INFO:
    case SHM_INFO:
    case SHM_STAT:
      not_modelled("shmctl() is modelled for IPC_RMID only");
    default:
      return result_or_errno(static_cast<std::uint64_t>(-EINVAL));
  }
  return result_or_errno(announce(code_of(Action::shmctl), static_cast<std::uint64_t>(id),
                                  static_cast<std::uint64_t>(command)));
}
