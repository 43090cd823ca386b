// N threads add under a mutex, main() joins them and looks: N! traces, and the sum is right.
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int word;

static void* add(void* unused) {
  pthread_mutex_lock(&mutex);
  word = word + 1;
  pthread_mutex_unlock(&mutex);
  return unused;
}

int main(void) {
  pthread_t threads[N];
  for (int i = 0; i < N; i++) pthread_create(&threads[i], NULL, add, NULL);
  for (int i = 0; i < N; i++) pthread_join(threads[i], NULL);
  assert(word == N);
  return 0;
}
