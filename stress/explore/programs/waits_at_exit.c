// Threads that still wait when main() returns: for what it holds (ended with the process), or, with
// CIRCLE, for each other (a deadlock, whether the process ends some time or not).
#include <pthread.h>

static pthread_mutex_t mutexes[3] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                                     PTHREAD_MUTEX_INITIALIZER};
static int first[2] = {0, 1};

static void* work(void* argument) {
  int mine = *(int*)argument;
#ifdef CIRCLE
  int other = 1 - mine;
#else
  int other = 2;
#endif
  pthread_mutex_lock(&mutexes[mine]);
  pthread_mutex_lock(&mutexes[other]);
  pthread_mutex_unlock(&mutexes[other]);
  pthread_mutex_unlock(&mutexes[mine]);
  return NULL;
}

int main(void) {
  pthread_t threads[2];
  pthread_mutex_lock(&mutexes[2]);
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, work, &first[i]);
  return 0;
}
