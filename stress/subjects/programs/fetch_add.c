// N threads, each adds 1 to one word once: N! traces.
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_int word;

static void* add(void* unused) {
  atomic_fetch_add(&word, 1);
  return unused;
}

int main(void) {
  pthread_t threads[N];
  for (int i = 0; i < N; i++) pthread_create(&threads[i], NULL, add, NULL);
  return 0;
}
