// A thread is handed the address of a variable whose function may return, or whose thread may end,
// before it is used. All combinations of who owns it, what is done to it and how main() ends.
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

struct Lent {
  int value;
  pthread_mutex_t mutex;
};

static pthread_t threads[2];
static int over;

static void* use(void* argument) {
  struct Lent* lent = argument;
#if USE == 0
  assert(lent->value != 2);
#elif USE == 1
  lent->value = 3;
#elif USE == 2
  pthread_mutex_lock(&lent->mutex);
  over = 2;
  pthread_mutex_unlock(&lent->mutex);
#else
  if (over) assert(lent->value == 2);
#endif
  return NULL;
}

static void lend(void* (*function)(void*)) {
  struct Lent lent = {2, PTHREAD_MUTEX_INITIALIZER};
  pthread_create(&threads[0], NULL, function, &lent);
  over = 1;
#if ENDS == 3
  pthread_join(threads[0], NULL);
#endif
}

static void* lend_and_end(void* unused) {
  lend(use);
  return unused;
}

int main(void) {
#if OWNER == 0
  struct Lent lent = {2, PTHREAD_MUTEX_INITIALIZER};
  pthread_create(&threads[0], NULL, use, &lent);
  over = 1;
#elif OWNER == 1
  lend(use);
#else
  pthread_create(&threads[1], NULL, lend_and_end, NULL);
#endif
#if ENDS == 1
  pthread_exit(NULL);
#elif ENDS == 2
  exit(0);
#elif ENDS == 3 && OWNER == 0
  pthread_join(threads[0], NULL);
#endif
  return 0;
}
