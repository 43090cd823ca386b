// POSIX semaphores. The engine keeps their state (semaphore.cpp).
#include <semaphore.h>

#include "stress/instrument/runtime.h"

using namespace minusone;
using namespace minusone::runtime;

namespace {

int call_or_errno(Action action, const void* object, std::uint64_t b = 0) {
  return result_or_errno(announce(code_of(action), address(object), b));
}

}  // namespace

MINUSONE_HOOK int minusone_rt_sem_init(sem_t* semaphore, int, unsigned value) {
  MINUSONE_CALLED_HERE;
  return call_or_errno(Action::sem_init, semaphore, value);
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
  return call_or_errno(Action::sem_timedwait, semaphore, is_past(deadline));
}
MINUSONE_HOOK int minusone_rt_sem_clockwait(sem_t* semaphore, clockid_t, const timespec* deadline) {
  MINUSONE_CALLED_HERE;
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
