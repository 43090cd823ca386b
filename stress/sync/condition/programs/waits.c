// Makes a mutex and a condition variable, and waits until a deadline: then it has to lock the mutex again.
#include <time.h>

#include "shared.h"

int main(void) {
  const struct timespec far = {2000000000, 0};
  struct shared *its = attach();
  pthread_mutexattr_t of_mutex;
  pthread_condattr_t of_condition;
  pthread_mutexattr_init(&of_mutex);
  pthread_mutexattr_setpshared(&of_mutex, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(&its->mutex, &of_mutex);
  pthread_condattr_init(&of_condition);
  pthread_condattr_setpshared(&of_condition, PTHREAD_PROCESS_SHARED);
  pthread_cond_init(&its->changed, &of_condition);
  pthread_mutex_lock(&its->mutex);
  its->waits = 1;
  pthread_cond_timedwait(&its->changed, &its->mutex, &far);
  return 0;
}
