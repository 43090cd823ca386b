// Waits by an assumption: executions in which it does not hold are none of the program's.
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

void __VERIFIER_assume(int);

static atomic_int flag;

static void* set(void* unused) {
  atomic_store(&flag, 1);
  return unused;
}

static void* expect(void* unused) {
  __VERIFIER_assume(atomic_load(&flag) == 2);
  return unused;
}

int main(void) {
  pthread_t threads[2];
  pthread_create(&threads[0], NULL, set, NULL);
  pthread_create(&threads[1], NULL, expect, NULL);
  return 0;
}
