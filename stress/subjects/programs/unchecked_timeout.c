/* Takes what sem_timedwait() left for taken, without looking whether it gave up. */
#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>

sem_t full;
int message;

static void* read_message(void* argument) {
  struct timespec deadline;
  clock_gettime(CLOCK_REALTIME, &deadline);
  deadline.tv_sec += 1;
  sem_timedwait(&full, &deadline);
  assert(message == 42);
  return argument;
}

int main(void) {
  pthread_t reader;
  sem_init(&full, 0, 0);
  if (pthread_create(&reader, NULL, read_message, NULL)) abort();
  message = 42;
  sem_post(&full);
  return 0;
}
