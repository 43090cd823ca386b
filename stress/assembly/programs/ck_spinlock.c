// Each thread adds 1 under a lock of Concurrency Kit's. LOCK: fas, cas, dec, ticket, with KIND as in
// CK_SPINLOCK_KIND_INITIALIZER; or MCS; or CLH. LEFT_OUT: the second thread does not take it.
#include <assert.h>
#include <ck_spinlock.h>
#include <pthread.h>
#include <stddef.h>

#define THREADS 2
#define JOIN(a, b, c) a##b##c
#define NAME(a, b, c) JOIN(a, b, c)

#if defined(MCS)
static ck_spinlock_mcs_t lock = CK_SPINLOCK_MCS_INITIALIZER;
#define NODE ck_spinlock_mcs_context_t node
#define TAKE ck_spinlock_mcs_lock(&lock, &node)
#define GIVE ck_spinlock_mcs_unlock(&lock, &node)
#elif defined(CLH)
static ck_spinlock_clh_t* lock;
static ck_spinlock_clh_t nodes[THREADS + 1];
#define NODE ck_spinlock_clh_t* node = &nodes[me]
#define TAKE ck_spinlock_clh_lock(&lock, node)
#define GIVE ck_spinlock_clh_unlock(&node)
#else
static NAME(ck_spinlock_, LOCK, _t) lock = NAME(CK_SPINLOCK_, KIND, _INITIALIZER);
#define NODE
#define TAKE NAME(ck_spinlock_, LOCK, _lock)(&lock)
#define GIVE NAME(ck_spinlock_, LOCK, _unlock)(&lock)
#endif

static int count;

static void* add(void* which) {
  const int me = *(const int*)which;
  (void)me;
#ifdef LEFT_OUT
  if (me == 1) {
    count++;
    return NULL;
  }
#endif
  NODE;
  TAKE;
  count++;
  GIVE;
  return NULL;
}

int main(void) {
  static int which[THREADS] = {0, 1};
  pthread_t threads[THREADS];
#ifdef CLH
  ck_spinlock_clh_init(&lock, &nodes[THREADS]);
#endif
  for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, add, &which[i]);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  assert(count == THREADS);
  return 0;
}
