// The same without the mutex: some execution fails the assertion.
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

static int word;

static void* add(void* unused) {
  word = word + 1;
  return unused;
}

int main(void) {
  pthread_t threads[N];
  for (int i = 0; i < N; i++) pthread_create(&threads[i], NULL, add, NULL);
  for (int i = 0; i < N; i++) pthread_join(threads[i], NULL);
  assert(word == N);
  return 0;
}
