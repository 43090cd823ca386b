// Each thread also draws a random number, which the run-time keeps, so that its steps cannot be
// taken back.
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

static int word;

static void* add(void* unused) {
  for (int i = 1; i <= 2; i++) {
    rand();
    word = i;
  }
  return unused;
}

int main(void) {
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, add, NULL);
  return 0;
}
