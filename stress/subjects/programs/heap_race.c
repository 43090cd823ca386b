/* Two threads increment a counter that lies on the heap: shared like a global. */
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

int* counter;

static void* increment(void* argument) {
  *counter = *counter + 1;
  return argument;
}

int main(void) {
  pthread_t threads[2];
  counter = malloc(sizeof *counter);
  *counter = 0;
  for (int i = 0; i < 2; ++i)
    if (pthread_create(&threads[i], NULL, increment, NULL)) abort();
  for (int i = 0; i < 2; ++i) pthread_join(threads[i], NULL);
  assert(*counter == 2);
  free(counter);
  return 0;
}
