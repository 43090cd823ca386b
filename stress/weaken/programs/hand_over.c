/* A thread hands a value to another, and both count: the orders that each access needs are known.
 * All are seq_cst unless they are defined otherwise. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#ifndef PUBLISH
#define PUBLISH memory_order_seq_cst
#endif
#ifndef LOOK
#define LOOK memory_order_seq_cst
#endif
#ifndef COUNT
#define COUNT memory_order_seq_cst
#endif

static int value;
static atomic_int ready, count;

static void* give(void* unused) {
  value = 42;
  atomic_store_explicit(&ready, 1, PUBLISH);
  atomic_fetch_add_explicit(&count, 1, COUNT);
  return unused;
}

static void* take(void* unused) {
  if (atomic_load_explicit(&ready, LOOK)) assert(value == 42);
  int counted = 0;
  do {
  } while (!atomic_compare_exchange_strong(&count, &counted, counted + 1));
  return unused;
}

int main(void) {
  pthread_t giver, taker;
  pthread_create(&giver, NULL, give, NULL);
  pthread_create(&taker, NULL, take, NULL);
  pthread_join(giver, NULL);
  pthread_join(taker, NULL);
  assert(count == 2);
  return 0;
}
