// System V semaphore sets. The engine keeps their state (sysv_set.cpp).
#include <sys/ipc.h>
#include <sys/sem.h>

#include <cstdarg>

#include "stress/instrument/runtime.h"
#include "stress/sync/sysv_set/sysv_set.h"

using namespace minusone;
using namespace minusone::runtime;

namespace {

// The kernel reads the operations after it has looked at their number (ipc/sem.c).
int operate(int id, const sembuf* operations, std::size_t count, TimeLimit limit) {
  constexpr std::size_t most = 500;  // SEMOPM
  const auto result = operations == nullptr && count > 0 && count <= most
                          ? static_cast<std::uint64_t>(-EFAULT)
                          : announce(code_of(Action::semop), static_cast<std::uint64_t>(id),
                                     address(operations), count, static_cast<std::uint64_t>(limit));
  return result_or_errno(result);
}

int refused(int error) {
  errno = error;
  return -1;
}

}  // namespace

MINUSONE_HOOK int minusone_rt_semget(key_t key, int number, int flags) {
  MINUSONE_CALLED_HERE;
  return result_or_errno(announce(code_of(Action::semget), static_cast<std::uint64_t>(key),
                                  static_cast<std::uint64_t>(number),
                                  static_cast<std::uint64_t>(flags)));
}
MINUSONE_HOOK int minusone_rt_semctl(int id, int index, int command, ...) {
  MINUSONE_CALLED_HERE;
  va_list arguments;
  va_start(arguments, command);
  const auto argument = va_arg(arguments, std::uint64_t);
  va_end(arguments);
  const auto control = [&](std::uint64_t with) {
    return result_or_errno(announce(code_of(Action::semctl), static_cast<std::uint64_t>(id),
                                    static_cast<std::uint64_t>(index),
                                    static_cast<std::uint64_t>(command), with));
  };
  switch (command) {
    case IPC_STAT: {
      semid_ds state{};  // on the agent's stack: what the caller gets may be shared
      if (control(address(&state)) < 0) return -1;
      leave(reinterpret_cast<semid_ds*>(argument), state);
      return 0;
    }
    case IPC_RMID: {
      const int begun = control(static_cast<std::uint64_t>(sysv_set::Removal::begins));
      return begun <= 0 ? begun : control(static_cast<std::uint64_t>(sysv_set::Removal::ends));
    }
    case SETALL:
    case GETALL:
      return argument == 0 ? refused(EFAULT) : control(argument);
    case GETPID: {
      const int last = control(0);
      return last > 0 ? process_of(last - 1) : last;
    }
    // Who sleeps is decided by calls that are not made yet: nothing orders the count with these.
    case GETNCNT:
    case GETZCNT:
      not_modelled("semctl() with GETNCNT or GETZCNT is not modelled");
    case IPC_INFO:
    case SEM_INFO:
    case SEM_STAT:
      not_modelled("semctl() with IPC_INFO, SEM_INFO or SEM_STAT is not modelled");
    default:
      return control(argument);
  }
}
MINUSONE_HOOK int minusone_rt_semop(int id, sembuf* operations, std::size_t count) {
  MINUSONE_CALLED_HERE;
  return operate(id, operations, count, TimeLimit::none);
}
MINUSONE_HOOK int minusone_rt_semtimedop(int id, sembuf* operations, std::size_t count,
                                         const timespec* timeout) {
  MINUSONE_CALLED_HERE;
  if (timeout == nullptr) return operate(id, operations, count, TimeLimit::none);
  const bool past = timeout->tv_sec == 0 && timeout->tv_nsec == 0;
  return operate(id, operations, count,
                 !is_duration(timeout) ? TimeLimit::invalid
                 : past                ? TimeLimit::past
                                       : TimeLimit::future);
}
