// Each thread also writes memory of its own, so that its steps cannot be taken back.
#include <pthread.h>
#include <stddef.h>

static _Thread_local int mine;
static int word;

static void* add(void* unused) {
  for (int i = 0; i < 2; i++) {
    mine = mine + 1;
    word = mine;
  }
  return unused;
}

int main(void) {
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, add, NULL);
  return 0;
}
