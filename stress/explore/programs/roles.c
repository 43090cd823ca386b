// Three threads of different roles, created in an order that is told: it must not matter.
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_int x, y;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void* writes(void* unused) {
  atomic_store(&x, 1);
  pthread_mutex_lock(&mutex);
  atomic_store(&y, 1);
  pthread_mutex_unlock(&mutex);
  return unused;
}

static void* reads(void* unused) {
  while (atomic_load(&y) == 0) {
  }
  atomic_load(&x);
  atomic_fetch_add(&x, 1);
  return unused;
}

static void* swaps(void* unused) {
  int expected = 1;
  pthread_mutex_lock(&mutex);
  atomic_compare_exchange_strong(&x, &expected, 5);
  pthread_mutex_unlock(&mutex);
  return unused;
}

int main(void) {
  void* (*const roles[])(void*) = {writes, reads, swaps};
  static const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  pthread_t threads[3];
  for (int i = 0; i < 3; i++) pthread_create(&threads[i], NULL, roles[orders[ORDER][i]], NULL);
  return 0;
}
