// Barriers, spin locks, once, and threads that end by pthread_exit().
#include <assert.h>
#include <pthread.h>
#include <stdio.h>

#ifndef N
#define N 2
#endif

static pthread_barrier_t barrier;
static pthread_spinlock_t spin;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int initialised, serial, before;

static void initialise(void) { initialised++; }

static void* work(void* argument) {
  pthread_once(&once, initialise);
  assert(initialised == 1);
  pthread_spin_lock(&spin);
  before++;
  pthread_spin_unlock(&spin);
  if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD) serial++;
  assert(before == N);
  pthread_exit(argument);
}

int main(void) {
  pthread_t threads[N];
  pthread_barrier_init(&barrier, NULL, N);
  pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
  for (long i = 0; i < N; i++) pthread_create(&threads[i], NULL, work, (void*)i);
  for (long i = 0; i < N; i++) {
    void* result;
    pthread_join(threads[i], &result);
    assert((long)result == i);
  }
  assert(serial == 1);
  fprintf(stderr, "%d threads\n", N);
  pthread_barrier_destroy(&barrier);
  return 0;
}
