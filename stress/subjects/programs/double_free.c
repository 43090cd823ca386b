/* Two threads check a pointer before either clears it, and free it twice. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

void* _Atomic memory;

static void* release(void* argument) {
  void* const mine = atomic_load(&memory);
  if (mine == NULL) return argument;
  atomic_store(&memory, NULL);
  free(mine);
  return argument;
}

int main(void) {
  pthread_t threads[2];
  atomic_store(&memory, malloc(24));
  for (int i = 0; i < 2; ++i)
    if (pthread_create(&threads[i], NULL, release, NULL)) abort();
  return 0;
}
