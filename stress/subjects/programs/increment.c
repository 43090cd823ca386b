// N threads, each loads and stores one word once: (N!)^2 traces.
#include <pthread.h>
#include <stddef.h>

static int word;

static void* increment(void* unused) {
  word = word + 1;
  return unused;
}

int main(void) {
  pthread_t threads[N];
  for (int i = 0; i < N; i++) pthread_create(&threads[i], NULL, increment, NULL);
  return 0;
}
