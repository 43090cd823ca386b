// A write that the compiler's pass does not see: between two steps of main(), or before its first,
// or before a thread's first.
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_int seen;
static int unseen;

__attribute__((no_sanitize_thread)) static void write_unseen(void) {
#ifdef ASSEMBLY
  __asm__ volatile("movl $1, %0" : "=m"(unseen));
#else
  unseen = 1;
#endif
}

static void* thread(void* unused) {
  write_unseen();
  atomic_load(&seen);
  return unused;
}

int main(void) {
#ifdef EARLY
  write_unseen();
#endif
  atomic_store(&seen, 1);
#ifdef IN_THREAD
  pthread_t created;
  pthread_create(&created, NULL, thread, NULL);
#else
  (void)thread;
  write_unseen();
#endif
  atomic_store(&seen, 2);
  return 0;
}
