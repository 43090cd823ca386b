// A thread that is created by another than main() comes before what a third does, or behind it. Nobody
// but main() waits for anybody: the inner thread is detached.
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_int number, other;

static void* looks(void* nothing) {
  assert(number == 1);
  return nothing;
}

static void* sets(void* nothing) {
  number = 1;
  return nothing;
}

static void* creates(void* nothing) {
  pthread_t thread;
  other = 1;
  if (pthread_create(&thread, NULL, looks, NULL) != 0) return nothing;
  pthread_detach(thread);
  return nothing;
}

int main(void) {
  pthread_t threads[2];
  pthread_create(&threads[0], NULL, sets, NULL);
  pthread_create(&threads[1], NULL, creates, NULL);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  return 0;
}
