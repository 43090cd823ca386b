// A compare-and-swap that fails has the order for failure: relaxed here, so it hands nothing over.
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static int data;
static atomic_int flag;

static void* give(void* unused) {
  data = 1;
  atomic_store_explicit(&flag, 2, memory_order_release);
  return unused;
}

static void* take(void* unused) {
  int seen = 1;
  if (!atomic_compare_exchange_strong_explicit(&flag, &seen, 3, memory_order_acquire, FAILURE) &&
      seen == 2) {
    data = 2;
  }
  return unused;
}

int main(void) {
  pthread_t threads[2];
  pthread_create(&threads[0], NULL, give, NULL);
  pthread_create(&threads[1], NULL, take, NULL);
  return 0;
}
