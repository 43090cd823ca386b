// One sleeps on a futex word unless it has changed, one changes it, one wakes the sleepers without a
// look at it, one only looks: some executions end with the first asleep for ever.
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_int word, other;

static void* sleeps(void* unused) {
  syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
  return unused;
}

static void* looks(void* unused) {
  atomic_load(&word);
  return unused;
}

static void* changes(void* unused) {
  atomic_load(&word);
  atomic_store(&word, 1);
  return unused;
}

static void* wakes(void* unused) {
  atomic_load(&other);
  syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0);
  return unused;
}

int main(void) {
  void* (*const roles[])(void*) = {sleeps, looks, changes, wakes};
  static const int orders[][4] = {{0, 1, 2, 3}, {1, 2, 3, 0}, {2, 3, 0, 1},
                                  {3, 0, 1, 2}, {3, 2, 1, 0}, {1, 0, 3, 2}};
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, roles[orders[ORDER][i]], NULL);
  return 0;
}
