// Items in liburcu's wait-free queue. Two threads put one each while main() takes; or, with TAKERS, two
// threads take what main() has put, with the queue's mutex or WITHOUT_MUTEX.
#define _LGPL_SOURCE
#include <assert.h>
#include <pthread.h>
#include <stddef.h>
#include <urcu/wfcqueue.h>

struct item {
  int value;
  struct cds_wfcq_node node;
};

static struct cds_wfcq_head head;
static struct cds_wfcq_tail tail;
static struct item items[2];

static void* put(void* which) {
  struct item* const mine = which;
  mine->value = 1;
  cds_wfcq_node_init(&mine->node);
  cds_wfcq_enqueue(&head, &tail, &mine->node);
  return NULL;
}

static void* take(void* unused) {
#ifdef WITHOUT_MUTEX
  struct cds_wfcq_node* const node = __cds_wfcq_dequeue_blocking(&head, &tail);
#else
  struct cds_wfcq_node* const node = cds_wfcq_dequeue_blocking(&head, &tail);
#endif
  if (node != NULL) caa_container_of(node, struct item, node)->value++;
  return unused;
}

int main(void) {
  pthread_t threads[2];
  cds_wfcq_init(&head, &tail);
#ifdef TAKERS
  for (int i = 0; i < 2; i++) put(&items[i]);
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, take, NULL);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
#else
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, put, &items[i]);
  take(NULL);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  for (int i = 0; i < 2; i++) take(NULL);
#endif
  assert(items[0].value == 2 && items[1].value == 2);
  return 0;
}
