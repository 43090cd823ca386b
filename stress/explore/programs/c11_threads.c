// C11's own threads, mutexes and condition variables.
#include <assert.h>
#include <threads.h>

static mtx_t mutex;
static cnd_t condition;
static int ready;

static int wait_for_it(void* unused) {
  (void)unused;
  mtx_lock(&mutex);
  while (!ready) cnd_wait(&condition, &mutex);
  mtx_unlock(&mutex);
  return 7;
}

int main(void) {
  thrd_t thread;
  int result = 0;
  mtx_init(&mutex, mtx_plain);
  cnd_init(&condition);
  thrd_create(&thread, wait_for_it, 0);
  mtx_lock(&mutex);
  ready = 1;
  cnd_signal(&condition);
  mtx_unlock(&mutex);
  thrd_join(thread, &result);
  assert(result == 7);
  return 0;
}
