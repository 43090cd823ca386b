// pthread barriers.
#include "stress/sync/hooks.h"

#include <pthread.h>

using namespace minusone;
using namespace minusone::runtime;

MINUSONE_HOOK int minusone_rt_pthread_barrier_init(pthread_barrier_t* barrier,
                                                   const pthread_barrierattr_t*, unsigned count) {
  MINUSONE_CALLED_HERE;
  return call(Action::barrier_init, barrier, count);
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
