// A thread waits, until its deadline, for what main() gives back only when the thread has ended: HOW
// chooses the call.
#define _GNU_SOURCE
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

static const struct timespec far = {2000000000, 0};
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_rwlock_t writers_first = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static sem_t semaphore;

static void* waits(void* unused) {
  int result = 0;
  switch (HOW) {
    case 1:
      result = pthread_mutex_timedlock(&mutex, &far);
      break;
    case 2:
      result = pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &far);
      break;
    case 3:
      result = sem_timedwait(&semaphore, &far);
      break;
    case 4:
      result = pthread_rwlock_timedrdlock(&lock, &far);
      break;
    case 5:
      result = pthread_rwlock_clockrdlock(&lock, CLOCK_MONOTONIC, &far);
      break;
    case 6:
      result = pthread_rwlock_timedwrlock(&lock, &far);
      break;
    case 7:
      result = pthread_rwlock_clockwrlock(&lock, CLOCK_MONOTONIC, &far);
      break;
    case 8:
      result = pthread_rwlock_timedwrlock(&writers_first, &far);
  }
  assert((result == -1 ? errno : result) == ETIMEDOUT);
  return unused;
}

int main(void) {
  pthread_t thread;
  pthread_mutex_lock(&mutex);
  pthread_rwlock_wrlock(&lock);
  pthread_rwlock_rdlock(&writers_first);
  pthread_create(&thread, NULL, waits, NULL);
  pthread_join(thread, NULL);
  // A writer that gave up keeps no reader out.
  assert(pthread_rwlock_tryrdlock(&writers_first) == 0);
  return 0;
}
