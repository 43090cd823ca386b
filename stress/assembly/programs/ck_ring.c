// PRODUCERS threads put a message each into a ring of Concurrency Kit's, main() takes them: by the
// functions for one producer, or with SEVERAL by those for several.
#include <assert.h>
#include <ck_ring.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

static ck_ring_t ring;
static ck_ring_buffer_t buffer[4];
static int messages[PRODUCERS];

static void* produce(void* message) {
  *(int*)message = 1;
#ifdef SEVERAL
  while (!ck_ring_enqueue_mpsc(&ring, buffer, message)) ck_pr_stall();
#else
  while (!ck_ring_enqueue_spsc(&ring, buffer, message)) ck_pr_stall();
#endif
  return NULL;
}

int main(void) {
  pthread_t threads[PRODUCERS];
  ck_ring_init(&ring, 4);
  for (int i = 0; i < PRODUCERS; i++) pthread_create(&threads[i], NULL, produce, &messages[i]);
  for (int i = 0; i < PRODUCERS; i++) {
    void* message = NULL;
#ifdef SEVERAL
    while (!ck_ring_dequeue_mpsc(&ring, buffer, &message)) ck_pr_stall();
#else
    while (!ck_ring_dequeue_spsc(&ring, buffer, &message)) ck_pr_stall();
#endif
    assert(*(int*)message == 1);
    *(int*)message = 2;
  }
  for (int i = 0; i < PRODUCERS; i++) pthread_join(threads[i], NULL);
  return 0;
}
