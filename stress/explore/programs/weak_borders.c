/* Where memory models meet what they have few words for: argv[1] which.
 *
 * 0 to 2 hold under sequential consistency, though every atomic access that has an effect is
 * seq_cst and nothing races: they order by what orders nothing. */
#include <assert.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_int flag[2], winners;

/* 0: looks at the other's flag by a compare-and-swap that fails, which is relaxed. */
static void* fails(void* argument) {
  const int me = (int)(long)argument;
  atomic_store(&flag[me], 1);
  int never = 2;
  atomic_compare_exchange_strong_explicit(&flag[1 - me], &never, 3, memory_order_seq_cst,
                                          memory_order_relaxed);
  if (never == 0) assert(atomic_fetch_add(&winners, 1) == 0);
  return NULL;
}

/* 1: goes to sleep, or is woken by who sees that it is about to. */
static void* sleeps(void* argument) {
  if ((long)argument == 0) {
    atomic_store(&flag[0], 1);
    syscall(SYS_futex, &flag[1], FUTEX_WAIT, 0, NULL, NULL, 0);
  } else {
    atomic_store(&flag[1], 1);
    if (atomic_load(&flag[0]) == 1) syscall(SYS_futex, &flag[1], FUTEX_WAKE, 1, NULL, NULL, 0);
  }
  return NULL;
}

/* 2: concludes from a lock that is taken what its owner has done before it took it. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void* tries(void* argument) {
  if ((long)argument == 0) {
    atomic_store(&flag[0], 1);
    pthread_mutex_lock(&mutex);
  } else if (pthread_mutex_trylock(&mutex) != 0) {
    assert(atomic_load(&flag[0]) == 1);
  } else {
    pthread_mutex_unlock(&mutex);
  }
  return NULL;
}

/* 3: copies what another changes a part of. */
static struct Pair {
  atomic_int first;
  int second;
} pair, seen;

static void* copies(void* argument) {
  if ((long)argument == 0)
    atomic_store_explicit(&pair.first, 1, memory_order_relaxed);
  else
    memcpy(&seen, &pair, sizeof seen);
  return NULL;
}

/* 4: one atomic object within another. */
static union {
  atomic_int half;
  atomic_llong whole;
} both;

static void* overlaps(void* argument) {
  if ((long)argument == 0)
    atomic_store_explicit(&both.half, 1, memory_order_relaxed);
  else
    (void)atomic_load(&both.whole);
  return NULL;
}

/* 5: counts how often it looked in vain. */
static int looked;

static void* counts(void* argument) {
  if ((long)argument == 0)
    atomic_store_explicit(&flag[0], 1, memory_order_relaxed);
  else
    while (atomic_load_explicit(&flag[0], memory_order_relaxed) == 0) ++looked;
  return NULL;
}

/* 6: looks under a lock for what is written without it. */
static void* looks_under_a_lock(void* argument) {
  if ((long)argument == 0) {
    atomic_store_explicit(&flag[0], 1, memory_order_relaxed);
    return NULL;
  }
  for (int found = 0; !found;) {
    pthread_mutex_lock(&mutex);
    found = atomic_load_explicit(&flag[0], memory_order_relaxed);
    pthread_mutex_unlock(&mutex);
  }
  return NULL;
}

/* 7: waits for two, of which it may see either late. */
static void* waits_for_both(void* argument) {
  if ((long)argument == 0) {
    atomic_store_explicit(&flag[0], 1, memory_order_relaxed);
    atomic_store_explicit(&flag[1], 1, memory_order_relaxed);
  } else {
    while (atomic_load_explicit(&flag[0], memory_order_relaxed) == 0 ||
           atomic_load_explicit(&flag[1], memory_order_relaxed) == 0)
      ;
  }
  return NULL;
}

int main(int argc, char** argv) {
  static void* (*const bodies[])(void*) = {
      fails, sleeps, tries, copies, overlaps, counts, looks_under_a_lock, waits_for_both};
  if (argc != 2) return 2;
  pthread_t thread[2];
  for (long i = 0; i < 2; ++i) pthread_create(&thread[i], NULL, bodies[atoi(argv[1])], (void*)i);
  for (int i = 0; i < 2; ++i) pthread_join(thread[i], NULL);
  return 0;
}
