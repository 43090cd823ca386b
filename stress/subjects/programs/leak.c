/* One of two threads forgets what it allocated, if it comes second. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

atomic_int first;
void* kept;

static void* work(void* argument) {
  void* const memory = malloc(24);
  if (atomic_exchange(&first, 1) == 0) kept = memory;
  return argument;
}

int main(void) {
  pthread_t threads[2];
  for (int i = 0; i < 2; ++i)
    if (pthread_create(&threads[i], NULL, work, NULL)) abort();
  return 0;
}
