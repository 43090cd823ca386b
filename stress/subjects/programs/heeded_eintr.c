/* The same lock; who is interrupted waits again. */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

sem_t lock;
int inside;

static void* enter(void* argument) {
  while (sem_wait(&lock) == -1 && errno == EINTR) {
  }
  ++inside;
  assert(inside == 1);
  --inside;
  sem_post(&lock);
  return argument;
}

int main(void) {
  pthread_t threads[2];
  sem_init(&lock, 0, 1);
  for (int i = 0; i < 2; ++i)
    if (pthread_create(&threads[i], NULL, enter, NULL)) abort();
  return 0;
}
