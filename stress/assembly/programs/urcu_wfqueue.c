// The older of liburcu's wait-free queues: a thread puts an item, main() takes until it has it. TWO: so
// does another thread, without the queue's mutex.
#define _LGPL_SOURCE
#define CDS_WFQ_DEPRECATED
#include <assert.h>
#include <pthread.h>
#include <stddef.h>
#include <urcu/wfqueue.h>

struct item {
  int value;
  struct cds_wfq_node node;
};

static struct cds_wfq_queue queue;
static struct item items[2];

static void* put(void* which) {
  struct item* const mine = which;
  mine->value = 1;
  cds_wfq_node_init(&mine->node);
  cds_wfq_enqueue(&queue, &mine->node);
  return NULL;
}

static void* take(void* unused) {
#ifdef TWO
  struct cds_wfq_node* const node = __cds_wfq_dequeue_blocking(&queue);
#else
  struct cds_wfq_node* const node = cds_wfq_dequeue_blocking(&queue);
#endif
  if (node != NULL) caa_container_of(node, struct item, node)->value++;
  return unused;
}

int main(void) {
  pthread_t threads[2];
  cds_wfq_init(&queue);
  put(&items[0]);
  pthread_create(&threads[0], NULL, put, &items[1]);
  pthread_create(&threads[1], NULL, take, NULL);
  take(NULL);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  for (int i = 0; i < 2; i++) take(NULL);
  assert(items[0].value == 2 && items[1].value == 2);
  return 0;
}
