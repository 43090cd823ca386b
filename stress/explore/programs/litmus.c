/* The litmus tests of memory models: argv[1] which, argv[2] the order of each access: 0 relaxed,
 * 1 release and acquire, 2 seq_cst. Their results nobody looks at: their executions are counted. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static atomic_int x, y;
static int order;

static void store(atomic_int* at, int value) {
  if (order == 0) atomic_store_explicit(at, value, memory_order_relaxed);
  if (order == 1) atomic_store_explicit(at, value, memory_order_release);
  if (order == 2) atomic_store_explicit(at, value, memory_order_seq_cst);
}

static void load(atomic_int* at) {
  if (order == 0) (void)atomic_load_explicit(at, memory_order_relaxed);
  if (order == 1) (void)atomic_load_explicit(at, memory_order_acquire);
  if (order == 2) (void)atomic_load_explicit(at, memory_order_seq_cst);
}

enum { nothing, wx1, wx2, wy1, wy2, rx, ry };

/* Two accesses of each of four threads. */
static const int tests[][4][2] = {
    {{wx1, ry}, {wy1, rx}},                                      /* 0: store buffering */
    {{wx1, wy1}, {ry, rx}},                                      /* 1: message passing */
    {{rx, wy1}, {ry, wx1}},                                      /* 2: load buffering */
    {{wx1, wy2}, {wy1, wx2}},                                    /* 3: 2+2W */
    {{wx1, nothing}, {wy1, nothing}, {rx, ry}, {ry, rx}},        /* 4: IRIW */
    {{wx1, nothing}, {wx2, nothing}, {rx, rx}, {nothing, nothing}}, /* 5: CoRR */
};

static const int (*test)[2];

static void* run(void* argument) {
  const int* accesses = test[(long)argument];
  for (int i = 0; i < 2; ++i) {
    switch (accesses[i]) {
      case wx1:
        store(&x, 1);
        break;
      case wx2:
        store(&x, 2);
        break;
      case wy1:
        store(&y, 1);
        break;
      case wy2:
        store(&y, 2);
        break;
      case rx:
        load(&x);
        break;
      case ry:
        load(&y);
        break;
      default:
        break;
    }
  }
  return NULL;
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  test = tests[atoi(argv[1])];
  order = atoi(argv[2]);
  for (long i = 0; i < 4; ++i) {
    pthread_t thread;
    if (test[i][0] != nothing) pthread_create(&thread, NULL, run, (void*)i);
  }
  return 0;
}
