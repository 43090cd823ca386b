// The common way to hand each thread its argument: an array on main()'s stack. Each thread adds its
// own number under a mutex, and main() looks at the sum: N! executions, and none is wrong.
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

#ifndef N
#define N 3
#endif

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int sum;

static void* add(void* argument) {
  pthread_mutex_lock(&mutex);
  sum += *(int*)argument;
  pthread_mutex_unlock(&mutex);
  return NULL;
}

int main(void) {
  pthread_t threads[N];
  int arguments[N];
  for (int i = 0; i < N; i++) {
    arguments[i] = i + 1;
    pthread_create(&threads[i], NULL, add, &arguments[i]);
  }
  for (int i = 0; i < N; i++) pthread_join(threads[i], NULL);
  assert(sum == N * (N + 1) / 2);
  return 0;
}
