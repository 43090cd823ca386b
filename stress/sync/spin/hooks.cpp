// pthread spin locks.
#include "stress/sync/hooks.h"

#include <pthread.h>

using namespace minusone;
using namespace minusone::runtime;

MINUSONE_HOOK int minusone_rt_pthread_spin_init(pthread_spinlock_t* lock, int) {
  MINUSONE_CALLED_HERE;
  return call(Action::spin_init, const_cast<int*>(lock));
}
MINUSONE_HOOK int minusone_rt_pthread_spin_destroy(pthread_spinlock_t* lock) {
  MINUSONE_CALLED_HERE;
  return call(Action::spin_destroy, const_cast<int*>(lock));
}
MINUSONE_HOOK int minusone_rt_pthread_spin_lock(pthread_spinlock_t* lock) {
  MINUSONE_CALLED_HERE;
  return call(Action::spin_lock, const_cast<int*>(lock));
}
MINUSONE_HOOK int minusone_rt_pthread_spin_trylock(pthread_spinlock_t* lock) {
  MINUSONE_CALLED_HERE;
  return call(Action::spin_trylock, const_cast<int*>(lock));
}
MINUSONE_HOOK int minusone_rt_pthread_spin_unlock(pthread_spinlock_t* lock) {
  MINUSONE_CALLED_HERE;
  return call(Action::spin_unlock, const_cast<int*>(lock));
}
