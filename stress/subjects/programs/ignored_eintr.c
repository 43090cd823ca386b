/* A lock that is a semaphore; who takes it does not look whether sem_wait() was interrupted. */
#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

sem_t lock;
int inside;

static void* enter(void* argument) {
  sem_wait(&lock);
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
