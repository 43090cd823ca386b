// POSIX semaphores. The engine keeps their state (semaphore.cpp, named.cpp).
#include <fcntl.h>
#include <semaphore.h>

#include <cstdarg>

#include "stress/instrument/runtime.h"
#include "stress/sync/semaphore/named.h"

using namespace minusone;
using namespace minusone::runtime;

namespace {

/// @param object  a semaphore, or of sem_unlink() a name, which is only read
int call_or_errno(Action action, const void* object, std::uint64_t b = 0, std::uint64_t c = 0) {
  if (action != Action::sem_unlink && !semaphore::is_named(address(object))) touch(object);
  const auto result = announce(code_of(action), address(object), b, c);
  if (static_cast<std::int64_t>(result) == -EFAULT)
    violation("a named semaphore is used that its process has closed, or has never opened");
  return result_or_errno(result);
}

/// A name as the model takes it. @return its start; null, with errno: glibc refuses it
const char* read_name(const char* name, int refused_otherwise = 0) {
  constexpr std::size_t most = 4096;
  const std::size_t length = announced_length(name, most);
  const auto its = semaphore::without_slashes({name, length});
  const int refused = semaphore::refusal_of(its);
  if (refused == 0) return its.data();
  errno = semaphore::is_no_file(its) && refused_otherwise != 0 ? refused_otherwise : refused;
  return nullptr;
}

}  // namespace

MINUSONE_HOOK int minusone_rt_sem_init(sem_t* semaphore, int shared, unsigned value) {
  MINUSONE_CALLED_HERE;
  return call_or_errno(Action::sem_init, semaphore, value, shared != 0);
}
MINUSONE_HOOK int minusone_rt_sem_destroy(sem_t* semaphore) {
  MINUSONE_CALLED_HERE;
  return call_or_errno(Action::sem_destroy, semaphore);
}
MINUSONE_HOOK int minusone_rt_sem_wait(sem_t* semaphore) {
  MINUSONE_CALLED_HERE;
  return call_or_errno(Action::sem_wait, semaphore);
}
MINUSONE_HOOK int minusone_rt_sem_trywait(sem_t* semaphore) {
  MINUSONE_CALLED_HERE;
  return call_or_errno(Action::sem_trywait, semaphore);
}
MINUSONE_HOOK int minusone_rt_sem_timedwait(sem_t* semaphore, const timespec* deadline) {
  MINUSONE_CALLED_HERE;
  if (!is_time(deadline)) return result_or_errno(static_cast<std::uint64_t>(-EINVAL));
  return call_or_errno(Action::sem_timedwait, semaphore, is_past(deadline));
}
MINUSONE_HOOK int minusone_rt_sem_clockwait(sem_t* semaphore, clockid_t clock,
                                            const timespec* deadline) {
  MINUSONE_CALLED_HERE;
  if (!is_time(deadline) || !is_clock(clock))
    return result_or_errno(static_cast<std::uint64_t>(-EINVAL));
  return call_or_errno(Action::sem_timedwait, semaphore, is_past(deadline));
}
MINUSONE_HOOK int minusone_rt_sem_post(sem_t* semaphore) {
  MINUSONE_CALLED_HERE;
  return call_or_errno(Action::sem_post, semaphore);
}
MINUSONE_HOOK int minusone_rt_sem_getvalue(sem_t* semaphore, int* value) {
  MINUSONE_CALLED_HERE;
  const int result = call_or_errno(Action::sem_getvalue, semaphore);
  if (result < 0) return -1;
  leave(value, result);
  return 0;
}

MINUSONE_HOOK sem_t* minusone_rt_sem_open(const char* name, int flags, ...) {
  MINUSONE_CALLED_HERE;
  mode_t mode = 0600;
  unsigned value = 0;
  if ((flags & O_CREAT) != 0) {
    va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    value = va_arg(arguments, unsigned);
    va_end(arguments);
  }
  if ((flags & ~(O_CREAT | O_EXCL | O_ACCMODE)) != 0)
    not_modelled("sem_open() is modelled for O_CREAT and O_EXCL only");
  if ((mode & 0600) != 0600)
    not_modelled("sem_open() is modelled for modes that let their user read and write only");
  const char* const its = read_name(name);
  if (its == nullptr) return SEM_FAILED;
  const auto result = static_cast<std::int64_t>(
      announce(code_of(Action::sem_open), address(its), static_cast<std::uint64_t>(flags), value));
  if (result == -ENFILE)
    not_modelled("a semaphore's name is made or opened more often than is modelled");
  if (result < 0) {
    errno = static_cast<int>(-result);
    return SEM_FAILED;
  }
  return reinterpret_cast<sem_t*>(semaphore::first_address | static_cast<std::uint64_t>(result));
}
MINUSONE_HOOK int minusone_rt_sem_close(sem_t* semaphore) {
  MINUSONE_CALLED_HERE;
  return call_or_errno(Action::sem_close, semaphore);
}
MINUSONE_HOOK int minusone_rt_sem_unlink(const char* name) {
  MINUSONE_CALLED_HERE;
  const char* const its = read_name(name, ENOENT);
  return its == nullptr ? -1 : call_or_errno(Action::sem_unlink, its);
}
