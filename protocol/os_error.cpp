#include "protocol/os_error.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace minusone {
namespace {

struct Hint {
  std::string_view call;  // a prefix; empty: any call
  int error;
  std::string_view text;
};

// shmget(2), shmat(2), semget(2), semop(2), shm_open(3), mmap(2), fork(2), sched_setaffinity(2).
constexpr std::array hints{
    Hint{
        "shmget", ENOSPC,
        "all segment ids are in use or the total is reached: raise kernel.shmmni or kernel.shmall, "
        "or remove left-over segments (ipcs -m, minusone clean)"},
    Hint{"shmget", EINVAL,
         "the size is outside 1 byte to kernel.shmmax, or the key is in use by a smaller segment"},
    Hint{"shmget", EEXIST, "the key is in use: choose another, or see whose it is with ipcs -m"},
    Hint{"shmget", ENOENT, "no segment has this key: start its creator first"},
    Hint{"shmget", EPERM, "SHM_HUGETLB needs CAP_IPC_LOCK or the group of vm.hugetlb_shm_group"},
    Hint{"ftok", ENOENT, "the file must exist: its inode is part of the key"},
    Hint{"shmat", EINVAL, "the id is stale: the segment was removed"},
    Hint{"shmat", EIDRM, "the segment was removed while it was in use"},
    Hint{"semget", ENOSPC,
         "all sets are in use: raise the 4th or 2nd value of kernel.sem, or remove "
         "left-over sets (ipcs -s, minusone clean)"},
    Hint{"semget", EEXIST, "the key is in use: choose another, or see whose it is with ipcs -s"},
    Hint{"semget", ENOENT, "no set has this key: start its creator first"},
    Hint{"semget", EINVAL,
         "the number of semaphores is below 1, above the 1st value of kernel.sem, or more than the "
         "existing set has"},
    Hint{"semop", E2BIG, "too many operations in one call: see the 3rd value of kernel.sem"},
    Hint{"semop", EFBIG, "the set has no semaphore of that number"},
    Hint{"semop", EFAULT, "the operations or the time limit lie in memory that cannot be read"},
    Hint{"semop", EINVAL, "the set is gone, or the time limit is no valid time"},
    Hint{"semctl", EIDRM, "the set was removed while it was in use"},
    Hint{"semctl", EINVAL, "the set is gone, or has no semaphore of that number"},
    Hint{"semctl", ERANGE, "a value must lie between 0 and 32767 (SEMVMX)"},
    Hint{"semop", EIDRM, "the set was removed while it was in use"},
    Hint{"semop", ERANGE, "the value or its undo would pass 32767 (SEMVMX, SEMAEM)"},
    Hint{"semop", ENOSPC, "the kernel's undo structures are used up"},
    Hint{"shm_open", EEXIST, "the name is in use: choose another, or remove it from /dev/shm"},
    Hint{"shm_open", ENOENT, "nothing has this name in /dev/shm, or /dev/shm is not mounted"},
    Hint{"shm_open", EINVAL, "a name is one slash and then none"},
    Hint{"shm_open", ENAMETOOLONG, "names have at most 255 bytes"},
    Hint{"ftruncate", ENOSPC, "/dev/shm is full: mount it larger (in a container: --shm-size)"},
    Hint{"ftruncate", EFBIG, "the size passes the limit on file sizes: see ulimit -f"},
    Hint{"ftruncate", EINVAL, "the size is negative, or the file is no shared memory"},
    Hint{"mmap", EINVAL, "the length is 0, or the offset is no multiple of a page"},
    Hint{"mmap", EAGAIN, "too much memory is locked: raise ulimit -l"},
    Hint{"shmctl", EINVAL, "the segment is gone"},
    Hint{"shmctl", EIDRM, "the segment was removed while it was in use"},
    Hint{"sem_init", EINVAL, "a semaphore counts to SEM_VALUE_MAX at most"},
    Hint{"sem_init", ENOSYS, "this system does not share semaphores between processes"},
    Hint{"sem_post", EOVERFLOW, "the semaphore is at SEM_VALUE_MAX: it is given more than taken"},
    Hint{"sem_", EINVAL, "this is no semaphore, or the deadline is no valid time"},
    Hint{"pthread_mutex", EOWNERDEAD, "the owner died: make the state consistent and go on"},
    Hint{"pthread_mutex", ENOTRECOVERABLE,
         "an owner died and its successor unlocked without making the state consistent: make it "
         "anew"},
    Hint{"pthread_mutex", EDEADLK, "this agent holds it already"},
    Hint{"pthread_mutex", EPERM, "another agent holds it, or nobody does"},
    Hint{"pthread_mutex", EAGAIN, "too many locks of one mutex, or resources are short"},
    Hint{"pthread_mutex", EINVAL, "this is no mutex, or the deadline is no valid time"},
    Hint{"futex", EFAULT, "the word lies in memory that cannot be read"},
    Hint{"futex", EINVAL, "the word is not aligned to 4 bytes, or the deadline is no valid time"},
    Hint{"fork", EAGAIN, "too many processes: see ulimit -u and the container's pids limit"},
    Hint{"sched_setaffinity", EINVAL, "none of these CPUs may be used: see taskset -p"},
    Hint{"", EACCES,
         "permission is missing: compare the object's owner and mode with your user (ipcs -i, ls "
         "-l)"},
    Hint{"", EPERM, "this needs the owner of the object, or a capability that this user lacks"},
    Hint{"", ENOMEM, "memory is short: free some, or raise ulimit -v or the container's limit"},
    Hint{"", EMFILE, "too many open files in this process: raise ulimit -n"},
    Hint{"", ENFILE, "too many open files on this machine: raise fs.file-max"},
    Hint{"", EINTR, "a signal came in: call again"},
    Hint{"", ETIMEDOUT, "the deadline passed first"},
    Hint{"", ENOSYS, "this kernel or container does not offer the call (a seccomp filter?)"},
};

std::string_view hint_for(std::string_view call, int error) {
  for (const Hint& hint : hints) {
    if (hint.error == error && call.starts_with(hint.call)) return hint.text;
  }
  return {};
}

}  // namespace

std::string errno_name(int error) {
  const char* name = strerrorname_np(error);
  return name != nullptr ? name : fmt::format("errno {}", error);
}

OsError::OsError(int error, std::string_view call, std::string_view object)
    : std::system_error(error, std::system_category(), std::string(call)) {
  sentence_ = fmt::format("{} of {} failed: {} ({})", call, object, errno_name(error),
                          std::system_category().message(error));
  if (const auto hint = hint_for(call, error); !hint.empty())
    sentence_ += fmt::format(": {}", hint);
}

}  // namespace minusone
