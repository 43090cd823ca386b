// pthread barriers.
#include <pthread.h>

#include "stress/sync/attributes.h"

using namespace minusone;
using namespace minusone::runtime;

MINUSONE_HOOK int minusone_rt_pthread_barrier_init(pthread_barrier_t* barrier,
                                                   const pthread_barrierattr_t* attributes,
                                                   unsigned count) {
  MINUSONE_CALLED_HERE;
  int shared = PTHREAD_PROCESS_PRIVATE;
  if (attributes != nullptr) {
    const auto all = held(attributes);
    pthread_barrierattr_getpshared(&all, &shared);
  }
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

MINUSONE_ATTRIBUTES_MADE(pthread_barrierattr_t, pthread_barrierattr_init)
MINUSONE_ATTRIBUTES_ENDED(pthread_barrierattr_t, pthread_barrierattr_destroy)
MINUSONE_ATTRIBUTES_SET(pthread_barrierattr_t, pthread_barrierattr_setpshared, int)
MINUSONE_ATTRIBUTES_GOT(pthread_barrierattr_t, pthread_barrierattr_getpshared, int)
