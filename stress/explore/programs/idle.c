// Creates a thread and joins it, and nobody touches what they share.
#include <pthread.h>
#include <stddef.h>

static void* idle(void* unused) { return unused; }

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, idle, NULL);
  pthread_join(thread, NULL);
  return 0;
}
