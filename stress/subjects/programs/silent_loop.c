/* A loop without a step: another thread's turn never comes, and none could end it. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

atomic_int flag;

static void* spin(void* argument) {
  volatile int here = atomic_load(&flag);
  while (here == 0) {
  }
  return argument;
}

int main(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, spin, NULL)) abort();
  atomic_store(&flag, 1);
  return 0;
}
