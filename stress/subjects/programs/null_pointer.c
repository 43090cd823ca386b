// A fault in a thread is a violation of that thread's step.
#include <pthread.h>
#include <stddef.h>

static int* volatile nowhere;

static void* fault(void* unused) {
  *nowhere = 1;
  return unused;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, fault, NULL);
  return 0;
}
