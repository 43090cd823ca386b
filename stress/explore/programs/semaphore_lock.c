// A semaphore used as a lock by N threads: N! executions.
#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

#ifndef N
#define N 3
#endif

static sem_t semaphore;
static int sum;

static void* add(void* unused) {
  sem_wait(&semaphore);
  sum++;
  sem_post(&semaphore);
  return unused;
}

int main(void) {
  pthread_t threads[N];
  sem_init(&semaphore, 0, 1);
  for (int i = 0; i < N; i++) pthread_create(&threads[i], NULL, add, NULL);
  for (int i = 0; i < N; i++) pthread_join(threads[i], NULL);
  assert(sum == N);
  return 0;
}
