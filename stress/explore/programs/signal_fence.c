/* A message and its flag, relaxed, with fences between: of those that order a thread and its own
 * signal handlers only; -DTHREAD: of those that order threads. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

#ifdef THREAD
#define FENCE atomic_thread_fence
#else
#define FENCE atomic_signal_fence
#endif

static int message;
static atomic_int is_there;

static void* reads(void* unused) {
  (void)unused;
  if (atomic_load_explicit(&is_there, memory_order_relaxed)) {
    FENCE(memory_order_acquire);
    assert(message == 1);
  }
  return NULL;
}

int main(void) {
  pthread_t reader;
  pthread_create(&reader, NULL, reads, NULL);
  message = 1;
  FENCE(memory_order_release);
  atomic_store_explicit(&is_there, 1, memory_order_relaxed);
  pthread_join(reader, NULL);
  return 0;
}
