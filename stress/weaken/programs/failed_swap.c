/* Who fails to swap has read what is handed over: the order of the failure is the one that is
 * needed. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static int value;
static atomic_int ready;

static void* give(void* unused) {
  value = 42;
  atomic_store_explicit(&ready, 1, memory_order_release);
  return unused;
}

static void* take(void* unused) {
  int seen = 0;
  if (!atomic_compare_exchange_strong_explicit(&ready, &seen, 2, memory_order_acq_rel,
                                               memory_order_acquire))
    assert(value == 42);
  return unused;
}

int main(void) {
  pthread_t giver, taker;
  pthread_create(&giver, NULL, give, NULL);
  pthread_create(&taker, NULL, take, NULL);
  pthread_join(giver, NULL);
  pthread_join(taker, NULL);
  return 0;
}
