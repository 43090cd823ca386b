#include "protocol/shared_mutex.h"

#include <cerrno>

#include "protocol/os_error.h"
#include "protocol/system_calls.h"

namespace minusone {
namespace {

void check(int error, const char* call) {
  if (error != 0) throw OsError(error, call, "a robust mutex in shared memory");
}

}  // namespace

SharedRobustMutex::SharedRobustMutex() {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
  const int error = system_calls.mutex_init(&mutex_, &attributes);
  pthread_mutexattr_destroy(&attributes);
  check(error, "pthread_mutex_init");
}

SharedRobustMutex::~SharedRobustMutex() { pthread_mutex_destroy(&mutex_); }

SharedRobustMutex::Lock SharedRobustMutex::lock(const timespec* deadline) {
  const int error = deadline == nullptr
                        ? system_calls.mutex_lock(&mutex_)
                        : system_calls.mutex_clocklock(&mutex_, CLOCK_MONOTONIC, deadline);
  if (error == EOWNERDEAD) return Lock::taken_from_the_dead;
  if (error == ETIMEDOUT) return Lock::too_late;
  check(error, "pthread_mutex_lock");
  return Lock::taken;
}

void SharedRobustMutex::make_consistent() {
  check(pthread_mutex_consistent(&mutex_), "pthread_mutex_consistent");
}

void SharedRobustMutex::unlock() {
  check(system_calls.mutex_unlock(&mutex_), "pthread_mutex_unlock");
}

}  // namespace minusone
