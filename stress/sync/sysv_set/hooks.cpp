// System V semaphore sets. The engine keeps their state (sysv_set.cpp).
#include <sys/ipc.h>
#include <sys/sem.h>

#include <cstdarg>

#include "stress/instrument/runtime.h"

using namespace minusone;
using namespace minusone::runtime;

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
  switch (command) {
    case SETVAL:
    case GETVAL:
    case SETALL:
    case GETALL:
    case GETPID:
    case IPC_RMID:
      break;
    default:
      violation(
          "semctl() is modelled for SETVAL, GETVAL, SETALL, GETALL, GETPID and IPC_RMID only");
  }
  const int result = result_or_errno(
      announce(code_of(Action::semctl), static_cast<std::uint64_t>(id),
               static_cast<std::uint64_t>(index), static_cast<std::uint64_t>(command), argument));
  return command == GETPID && result > 0 ? process_of(result - 1) : result;
}
MINUSONE_HOOK int minusone_rt_semop(int id, sembuf* operations, std::size_t count) {
  MINUSONE_CALLED_HERE;
  return result_or_errno(
      announce(code_of(Action::semop), static_cast<std::uint64_t>(id), address(operations), count));
}
MINUSONE_HOOK int minusone_rt_semtimedop(int id, sembuf* operations, std::size_t count,
                                         const timespec* timeout) {
  MINUSONE_CALLED_HERE;
  const bool past = timeout != nullptr && timeout->tv_sec == 0 && timeout->tv_nsec == 0;
  const auto limit = timeout == nullptr ? TimeLimit::none
                     : past             ? TimeLimit::past
                                        : TimeLimit::future;
  return result_or_errno(announce(code_of(Action::semop), static_cast<std::uint64_t>(id),
                                  address(operations), count, static_cast<std::uint64_t>(limit)));
}
