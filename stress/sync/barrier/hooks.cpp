// pthread barriers.
#include "stress/sync/hooks.h"

#include <pthread.h>

using namespace minusone;
using namespace minusone::runtime;

MINUSONE_HOOK int minusone_rt_pthread_barrier_init(pthread_barrier_t* barrier,
                                                   const pthread_barrierattr_t* attributes,
                                                   unsigned count) {
  MINUSONE_CALLED_HERE;
  int shared = PTHREAD_PROCESS_PRIVATE;
  if (attributes != nullptr) pthread_barrierattr_getpshared(attributes, &shared);
  return call(Action::barrier_init, barrier, count, shared == PTHREAD_PROCESS_SHARED);
}
MINUSONE_HOOK int minusone_rt_pthread_barrier_destroy(pthread_barrier_t* barrier) {
  MINUSONE_CALLED_HERE;
  return call(Action::barrier_destroy, barrier);
}
MINUSONE_HOOK int minusone_rt_pthread_barrier_wait(pthread_barrier_t* barrier) {
  MINUSONE_CALLED_HERE;
  // The last to arrive is the serial thread, as in glibc.
  if (call(Action::barrier_arrive, barrier) != 0) return PTHREAD_BARRIER_SERIAL_THREAD;
  return call(Action::barrier_awake, barrier);
}
