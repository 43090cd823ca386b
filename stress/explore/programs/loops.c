// Loops that wait, and loops that only seem to.
#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>

static int a, b, polls;
static atomic_int flag;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;
static sem_t semaphore;
static pthread_barrier_t barrier;

static void set(int* word) {
  pthread_mutex_lock(&mutex);
  *word = 1;
  pthread_mutex_unlock(&mutex);
}

static int look(void) {
  pthread_mutex_lock(&mutex);
  int done = a && b;
  pthread_mutex_unlock(&mutex);
  return done;
}

#if defined READ_SUM
static int count = 100;
static void* work(void* argument) {
  int sum = 0;
  for (int i = 0; i < count; i++) sum += a;
  assert(sum < 0);
  return argument;
}
static void then(void) { a = 1; }

#elif defined LOOKS_BEFORE_IT_WAITS
static atomic_int look_first;
static void* work(void* argument) {
  if (atomic_load(&look_first) == 0)
    while (atomic_load(&flag) == 0);
  return argument;
}
static void then(void) { atomic_store(&look_first, 1); }

#elif defined READ_TABLE
static int table[65];
static void* work(void* argument) {
  int sum = 0;
  for (int i = 0; i < 65; i++) sum += table[i];
  assert(sum != 0);
  return argument;
}
static void then(void) { b = 1; }

#elif defined POLL_UNDER_LOCK
static void* work(void* argument) {
  set(&a);
  return argument;
}
static void then(void) {
  set(&b);
  while (!look()) continue;
}

#elif defined POLL_IN_VAIN
static void* work(void* argument) {
  set(&a);
  return argument;
}
static void then(void) {
  while (!look()) continue;
}

#elif defined POLL_AND_COUNT
static void* work(void* argument) {
  set(&a);
  return argument;
}
static void then(void) {
  set(&b);
  do polls++;
  while (!look());
}

#elif defined POLL_TWO_LOCKS
// A deadlock that needs a round of the loop: the other thread takes the locks the other way round,
// and only after the loop has begun.
static void* work(void* argument) {
  while (!atomic_load(&flag)) continue;
  pthread_mutex_lock(&other);
  set(&a);
  pthread_mutex_unlock(&other);
  return argument;
}
static void then(void) {
  atomic_store(&flag, 1);
  for (int done = 0; !done;) {
    pthread_mutex_lock(&mutex);
    pthread_mutex_lock(&other);
    done = a;
    pthread_mutex_unlock(&other);
    pthread_mutex_unlock(&mutex);
  }
}

#elif defined POLL_SEMAPHORE
static void* work(void* argument) {
  sem_wait(&semaphore);
  a = 1;
  sem_post(&semaphore);
  return argument;
}
static void then(void) {
  for (int done = 0; !done;) {
    sem_wait(&semaphore);
    done = a;
    sem_post(&semaphore);
  }
}

#elif defined TRY_UNTIL_FREE
static void* work(void* argument) {
  set(&a);
  return argument;
}
static void then(void) {
  while (pthread_mutex_trylock(&mutex)) continue;
  pthread_mutex_unlock(&mutex);
}

#elif defined TRY_BESIDE_POLL
static void* work(void* argument) {
  if (pthread_mutex_trylock(&mutex) == 0) pthread_mutex_unlock(&mutex);
  set(&a);
  return argument;
}
static void then(void) {
  set(&b);
  while (!look()) continue;
}

#elif defined OWN_SPIN_LOCK
static void* work(void* argument) {
  while (atomic_exchange(&flag, 1)) continue;
  a = 1;
  atomic_store(&flag, 0);
  return argument;
}
static void then(void) {
  for (int done = 0; !done;) {
    while (atomic_exchange(&flag, 1)) continue;
    done = a;
    atomic_store(&flag, 0);
  }
}

#elif defined LONG_WRITES
static void* work(void* argument) {
  for (int i = 0; i < 2000; i++) polls = i;
  return argument;
}
static void then(void) { a = 1; }

#elif defined ABORT_BEHIND_POLL || defined ABORT_BEFORE_POLL
static void* poll(void* argument) {
  int rounds = 0;
  while (!atomic_load(&flag)) ++rounds;
  b = rounds;
  abort();
  return argument;
}
static void* work(void* argument) {
  atomic_store(&flag, 1);
  return argument;
}
static void then(void) {}

#elif defined SPINS_ON_SHARED_STACK || defined POLLS_ON_SHARED_STACK || defined POLLS_ON_SHARED_STACK_IN_VAIN
static void* touch(void* argument) {
  *(int*)argument = 1;
  return NULL;
}
static void* work(void* argument) {
  pthread_t thread;
  int here = 0, rounds = 0;
  pthread_create(&thread, NULL, touch, &here);
#ifdef SPINS_ON_SHARED_STACK
  pthread_join(thread, NULL);
  int* counter = &rounds;
  while (!atomic_load(&flag)) ++*counter;
#else /* g++ and gcc keep what they load in a temporary on the stack */
  (void)rounds;
#ifdef POLLS_ON_SHARED_STACK
  while (flag != 1) {
  }
#else
  while (flag != 2) {
  }
#endif
  pthread_join(thread, NULL);
#endif
  return argument;
}
static void then(void) { atomic_store(&flag, 1); }

#elif defined WAITS_ON_OWN_STACK || defined WAITS_ON_OWN_STACK_IN_VAIN
static void* give(void* argument) {
#ifdef WAITS_ON_OWN_STACK
  atomic_store((atomic_int*)argument, 1);
#endif
  return argument;
}
static void* work(void* argument) {
  pthread_t thread;
  atomic_int given = 0;
  pthread_create(&thread, NULL, give, &given);
  while (!given) {
  }
  pthread_join(thread, NULL);
  return argument;
}
static void then(void) { atomic_store(&flag, 1); }

#elif defined ENDLESS
static void* work(void* argument) {
  for (;;) ++polls;
  return argument;
}
static void then(void) { a = 1; }

#elif defined RACE_ON_STACK
static void* work(void* argument) { return argument; }
static void* increment(void* argument) {
  ++*(int*)argument;
  return NULL;
}
static void then(void) {
  pthread_t threads[2];
  int here = 0;
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, increment, &here);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
}

#elif defined ONLY_BARRIER
static void* work(void* argument) {
  pthread_barrier_wait(&barrier);
  return argument;
}
static void then(void) { pthread_barrier_wait(&barrier); }
#endif

int main(void) {
  pthread_t threads[2];
  sem_init(&semaphore, 0, 1);
  pthread_barrier_init(&barrier, NULL, 2);
#if defined ABORT_BEHIND_POLL
  pthread_create(&threads[0], NULL, work, NULL);
  pthread_create(&threads[1], NULL, poll, NULL);
  pthread_join(threads[1], NULL);
#elif defined ABORT_BEFORE_POLL
  pthread_create(&threads[1], NULL, poll, NULL);
  pthread_create(&threads[0], NULL, work, NULL);
  pthread_join(threads[1], NULL);
#else
  pthread_create(&threads[0], NULL, work, NULL);
#endif
  then();
  pthread_join(threads[0], NULL);
  return 0;
}
