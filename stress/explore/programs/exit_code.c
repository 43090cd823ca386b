// Ends with a status of its own choice when the other thread came first.
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

static volatile int came_first;

static void* come(void* unused) {
  came_first = 1;
  return unused;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, come, NULL);
  if (came_first) exit(3);
  return 0;
}
