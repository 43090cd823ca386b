// N threads take a ticket lock once: N! traces, the waits do not count.
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_int next, owner;
static int inside;

static void* enter(void* unused) {
  const int mine = atomic_fetch_add(&next, 1);
  while (atomic_load(&owner) != mine) {
  }
  inside = mine;
  assert(inside == mine);
  atomic_store(&owner, mine + 1);
  return unused;
}

int main(void) {
  pthread_t threads[N];
  for (int i = 0; i < N; i++) pthread_create(&threads[i], NULL, enter, NULL);
  return 0;
}
