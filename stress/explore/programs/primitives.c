// Two or three threads and one primitive each, small enough for every interleaving: WHAT chooses.
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static int value;

#if WHAT == 1  // a barrier that is used twice
static pthread_barrier_t barrier;
static void* work(void* unused) {
  pthread_barrier_wait(&barrier);
  pthread_barrier_wait(&barrier);
  return unused;
}
#elif WHAT == 2  // a spin lock, taken or tried
static pthread_spinlock_t spin;
static void* work(void* tries) {
  if (tries ? pthread_spin_trylock(&spin) == 0 : pthread_spin_lock(&spin) == 0) {
    value++;
    pthread_spin_unlock(&spin);
  }
  return NULL;
}
#elif WHAT == 3  // once
static pthread_once_t once = PTHREAD_ONCE_INIT;
static void initialise(void) { value++; }
static void* work(void* unused) {
  pthread_once(&once, initialise);
  return unused;
}
#elif WHAT == 4  // a read-write lock
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static void* work(void* writes) {
  if (writes) {
    pthread_rwlock_wrlock(&lock);
    value++;
  } else {
    pthread_rwlock_rdlock(&lock);
  }
  pthread_rwlock_unlock(&lock);
  return NULL;
}
#elif WHAT == 5  // waiting with a deadline that has passed, and without
#include <time.h>
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static void* work(void* gives_up) {
  const struct timespec past = {1, 0};
  pthread_mutex_lock(&mutex);
  if (gives_up) {
    pthread_cond_timedwait(&condition, &mutex, &past);
    pthread_cond_signal(&condition);
  } else if (value == 0) {
    value = 1;
    pthread_cond_wait(&condition, &mutex);
  }
  pthread_mutex_unlock(&mutex);
  return NULL;
}
#elif WHAT == 6  // a variable on main()'s stack, which main() goes on to change
static void* work(void* number) { return number ? (void*)(long)*(int*)number : NULL; }
#endif

int main(void) {
  pthread_t threads[2];
#if WHAT == 1
  pthread_barrier_init(&barrier, NULL, 2);
#elif WHAT == 2
  pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
#endif
#if WHAT == 6
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, work, &i);
#else
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, work, i ? &value : NULL);
#endif
  return 0;
}
