#include "protocol/shared_semaphore.h"

#include <cerrno>

#include "protocol/os_error.h"
#include "protocol/system_calls.h"

namespace minusone {
namespace {
constexpr const char* object = "a POSIX semaphore in shared memory";
}

SharedSemaphore::SharedSemaphore(unsigned value) {
  const int by_processes = 1;
  if (system_calls.sem_init(&semaphore_, by_processes, value) == -1)
    throw OsError(errno, "sem_init", object);
}

SharedSemaphore::~SharedSemaphore() { sem_destroy(&semaphore_); }

bool SharedSemaphore::take(const timespec* deadline) {
  for (;;) {
    const int failed = deadline == nullptr
                           ? system_calls.sem_wait(&semaphore_)
                           : system_calls.sem_clockwait(&semaphore_, CLOCK_MONOTONIC, deadline);
    if (failed == 0) return true;
    if (errno == ETIMEDOUT) return false;
    if (errno != EINTR) throw OsError(errno, "sem_wait", object);
  }
}

void SharedSemaphore::give() {
  if (system_calls.sem_post(&semaphore_) == -1) throw OsError(errno, "sem_post", object);
}

int SharedSemaphore::value() {
  int value = 0;
  sem_getvalue(&semaphore_, &value);
  return value;
}

}  // namespace minusone
