// Takes the other's mutex away while it waits.
#include <sched.h>

#include "shared.h"

int main(void) {
  struct shared *its = attach();
  while (!its->waits) sched_yield();
  pthread_mutex_lock(&its->mutex);
  pthread_mutex_unlock(&its->mutex);
  pthread_mutex_destroy(&its->mutex);
  return 0;
}
