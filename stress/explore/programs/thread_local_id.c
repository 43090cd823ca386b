// Each thread has a thread-local variable of its own: N! executions of the counter, none wrong.
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#ifndef N
#define N 3
#endif

static _Thread_local int mine = 7;
static atomic_int next;

static void* take(void* unused) {
  assert(mine == 7);
  mine = atomic_fetch_add(&next, 1);
  assert(mine >= 0 && mine < N);
  return unused;
}

int main(void) {
  pthread_t threads[N];
  for (int i = 0; i < N; i++) pthread_create(&threads[i], NULL, take, NULL);
  for (int i = 0; i < N; i++) pthread_join(threads[i], NULL);
  assert(mine == 7);
  return 0;
}
