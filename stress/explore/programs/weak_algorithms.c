/* What is written with weak memory in mind: argv[1] which, argv[2] 1 as it should be, 0 with the
 * one order or fence left out that it needs. */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

#define RELAXED memory_order_relaxed
#define ACQUIRE memory_order_acquire
#define RELEASE memory_order_release
#define SEQ_CST memory_order_seq_cst

static int right;

/* 0: Peterson's lock, of release and acquire where it should be seq_cst. */
static atomic_int wants[2], turn;
static int in_section;

static void enter(int me) {
  if (right) {
    atomic_store_explicit(&wants[me], 1, SEQ_CST);
    atomic_store_explicit(&turn, 1 - me, SEQ_CST);
    while (atomic_load_explicit(&wants[1 - me], SEQ_CST) == 1 &&
           atomic_load_explicit(&turn, SEQ_CST) == 1 - me) {
    }
  } else {
    atomic_store_explicit(&wants[me], 1, RELEASE);
    atomic_store_explicit(&turn, 1 - me, RELEASE);
    while (atomic_load_explicit(&wants[1 - me], ACQUIRE) == 1 &&
           atomic_load_explicit(&turn, ACQUIRE) == 1 - me) {
    }
  }
}

static void* peterson(void* argument) {
  const int me = (int)(long)argument;
  enter(me);
  ++in_section;
  atomic_store_explicit(&wants[me], 0, RELEASE);
  return NULL;
}

/* 1: the core of Dekker's: each says that it wants to, then looks whether the other does. */
static atomic_int alone;

static void* dekker(void* argument) {
  const int me = (int)(long)argument;
  atomic_store_explicit(&wants[me], 1, RELEASE);
  if (right) atomic_thread_fence(SEQ_CST);
  if (atomic_load_explicit(&wants[1 - me], ACQUIRE) == 0)
    assert(atomic_fetch_add_explicit(&alone, 1, RELAXED) == 0);
  return NULL;
}

/* 2: a sequence lock whose writer has no release fence; 3: whose reader has no acquire fence
 * (Boehm, "Can Seqlocks Get Along With Programming Language Memory Models?", MSPC 2012). */
static atomic_int sequence, low, high;
static int writer_fence, reader_fence;

static void* seqlock(void* argument) {
  if ((long)argument == 0) {
    atomic_store_explicit(&sequence, 1, RELAXED);
    if (writer_fence) atomic_thread_fence(RELEASE);
    atomic_store_explicit(&low, 1, RELAXED);
    atomic_store_explicit(&high, 1, RELAXED);
    atomic_store_explicit(&sequence, 2, RELEASE);
    return NULL;
  }
  const int before = atomic_load_explicit(&sequence, ACQUIRE);
  const int a = atomic_load_explicit(&low, RELAXED), b = atomic_load_explicit(&high, RELAXED);
  if (reader_fence) atomic_thread_fence(ACQUIRE);
  if (before % 2 == 0 && atomic_load_explicit(&sequence, RELAXED) == before) assert(a == b);
  return NULL;
}

/* 4: initialised once, by double-checked locking. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static atomic_int initialised;
static int resource;

static void* once(void* argument) {
  (void)argument;
  if (atomic_load_explicit(&initialised, ACQUIRE) == 0) {
    pthread_mutex_lock(&mutex);
    if (atomic_load_explicit(&initialised, RELAXED) == 0) {
      resource = 7;
      if (right) atomic_store_explicit(&initialised, 1, RELEASE);
      else atomic_store_explicit(&initialised, 1, RELAXED);
    }
    pthread_mutex_unlock(&mutex);
  }
  assert(resource == 7);
  return NULL;
}

/* 5: a pointer that is published, as read-copy-update does. */
struct Config {
  int a, b;
};
static struct Config configs[2] = {{1, 1}, {0, 0}};
static _Atomic(struct Config*) current = &configs[0];

static void* publish(void* argument) {
  if ((long)argument == 0) {
    configs[1].a = configs[1].b = 2;
    atomic_store_explicit(&current, &configs[1], RELEASE);
    return NULL;
  }
  const struct Config* const seen =
      right ? atomic_load_explicit(&current, ACQUIRE) : atomic_load_explicit(&current, RELAXED);
  assert(seen->a == seen->b);
  return NULL;
}

/* 6: Treiber's stack: what is pushed is to be seen by who pops it. */
struct Node {
  int value;
  struct Node* next;
};
static struct Node nodes[2];
static _Atomic(struct Node*) top;

static void* treiber(void* argument) {
  const long me = (long)argument;
  if (me < 2) {
    struct Node* const node = &nodes[me];
    node->value = (int)me + 1;
    struct Node* head = atomic_load_explicit(&top, RELAXED);
    do {
      node->next = head;
    } while (!(right ? atomic_compare_exchange_strong_explicit(&top, &head, node, RELEASE, RELAXED)
                     : atomic_compare_exchange_strong_explicit(&top, &head, node, RELAXED, RELAXED)));
    return NULL;
  }
  const struct Node* const head = atomic_load_explicit(&top, ACQUIRE);
  if (head != NULL) assert(head->value > 0);
  return NULL;
}

/* 7: the queue lock of Mellor-Crummey and Scott (TOCS 1991): who hands it over releases. */
struct Waiter {
  _Atomic(struct Waiter*) next;
  atomic_int locked;
};
static struct Waiter waiters[2];
static _Atomic(struct Waiter*) tail;

static void* mcs(void* argument) {
  struct Waiter* const me = &waiters[(long)argument];
  atomic_store_explicit(&me->locked, 1, RELAXED);
  struct Waiter* const before = atomic_exchange_explicit(&tail, me, memory_order_acq_rel);
  if (before != NULL) {
    atomic_store_explicit(&before->next, me, RELEASE);
    while (atomic_load_explicit(&me->locked, ACQUIRE) == 1) {
    }
  }
  ++in_section;
  struct Waiter* mine = me;
  if (atomic_load_explicit(&me->next, ACQUIRE) == NULL &&
      atomic_compare_exchange_strong_explicit(&tail, &mine, NULL, RELEASE, RELAXED))
    return NULL;
  struct Waiter* behind;
  while ((behind = atomic_load_explicit(&me->next, ACQUIRE)) == NULL) {
  }
  if (right) atomic_store_explicit(&behind->locked, 0, RELEASE);
  else atomic_store_explicit(&behind->locked, 0, RELAXED);
  return NULL;
}

/* 8: the deque of Chase and Lev with two elements, of which the owner takes one and a thief up to
 * two (Le, Pop, Cohen, Zappa Nardelli, "Correct and Efficient Work-Stealing for Weak Memory Models",
 * PPoPP 2013). */
static atomic_int first = 0, behind_last = 2;
static atomic_int takers[2];

static void take(int element) {
  assert(atomic_fetch_add_explicit(&takers[element], 1, RELAXED) == 0);
}

static void* deque(void* argument) {
  if ((long)argument == 0) {
    const int b = atomic_load_explicit(&behind_last, RELAXED) - 1;
    atomic_store_explicit(&behind_last, b, RELAXED);
    if (right) atomic_thread_fence(SEQ_CST);
    int t = atomic_load_explicit(&first, RELAXED);
    int taken = t < b;
    if (t >= b) {
      taken = t == b && atomic_compare_exchange_strong_explicit(&first, &t, t + 1, SEQ_CST, RELAXED);
      atomic_store_explicit(&behind_last, b + 1, RELAXED);
    }
    if (taken) take(b);
    return NULL;
  }
  for (int i = 0; i < 2; ++i) {
    int t = atomic_load_explicit(&first, ACQUIRE);
    if (right) atomic_thread_fence(SEQ_CST);
    const int b = atomic_load_explicit(&behind_last, ACQUIRE);
    const int element = t;
    if (t < b && atomic_compare_exchange_strong_explicit(&first, &t, t + 1, SEQ_CST, RELAXED))
      take(element);
  }
  return NULL;
}

/* 9: two readers agree on which of two independent writes came first. */
static atomic_int x, y, only_x, only_y;

static void* independent(void* argument) {
  switch ((long)argument) {
    case 0:
      right ? atomic_store_explicit(&x, 1, SEQ_CST) : atomic_store_explicit(&x, 1, RELEASE);
      break;
    case 1:
      right ? atomic_store_explicit(&y, 1, SEQ_CST) : atomic_store_explicit(&y, 1, RELEASE);
      break;
    case 2: {
      const int a = right ? atomic_load_explicit(&x, SEQ_CST) : atomic_load_explicit(&x, ACQUIRE);
      const int b = right ? atomic_load_explicit(&y, SEQ_CST) : atomic_load_explicit(&y, ACQUIRE);
      only_x = a == 1 && b == 0;
      break;
    }
    default: {
      const int b = right ? atomic_load_explicit(&y, SEQ_CST) : atomic_load_explicit(&y, ACQUIRE);
      const int a = right ? atomic_load_explicit(&x, SEQ_CST) : atomic_load_explicit(&x, ACQUIRE);
      only_y = b == 1 && a == 0;
      break;
    }
  }
  return NULL;
}

int main(int argc, char** argv) {
  static void* (*const bodies[])(void*) = {peterson, dekker,  seqlock, seqlock, once,
                                           publish,  treiber, mcs,     deque,   independent};
  if (argc != 3) return 2;
  const int which = atoi(argv[1]);
  right = atoi(argv[2]);
  writer_fence = right || which == 3;
  reader_fence = right || which == 2;
  const long threads = which == 6 ? 3 : which == 9 ? 4 : 2;
  pthread_t thread[4];
  for (long i = 0; i < threads; ++i) pthread_create(&thread[i], NULL, bodies[which], (void*)i);
  for (long i = 0; i < threads; ++i) pthread_join(thread[i], NULL);
  if (which == 0 || which == 7) assert(in_section == 2);
  if (which == 9) assert(!(only_x && only_y));
  return 0;
}
