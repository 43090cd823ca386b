/* Two threads wait in loops that count, so that no two rounds are in the same state; one of them
 * gives up after three. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

atomic_int flag;
int patient_saw, hasty_saw;

static void* patient(void* argument) {
  int rounds = 0;
  while (atomic_load(&flag) == 0) {
    ++rounds;
    sched_yield();
  }
  patient_saw = rounds + 1;
  return argument;
}

static void* hasty(void* argument) {
  int rounds = 0;
  while (atomic_load(&flag) == 0 && rounds < 3) ++rounds;
  hasty_saw = rounds + 1;
  return argument;
}

int main(void) {
  pthread_t threads[2];
  if (pthread_create(&threads[0], NULL, patient, NULL)) abort();
  if (pthread_create(&threads[1], NULL, hasty, NULL)) abort();
  atomic_store(&flag, 1);
  return 0;
}
