// Makes a lock where writers come first, and reads until the other program has given up writing, or
// with ASKS tries meanwhile to read once more.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#include "shared.h"

int main(void) {
  struct shared *its = shmat(shmget(79, sizeof *its, IPC_CREAT | 0600), NULL, 0);
  pthread_rwlockattr_t attributes;
  pthread_rwlockattr_init(&attributes);
  pthread_rwlockattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
  pthread_rwlock_init(&its->lock, &attributes);
  pthread_rwlock_rdlock(&its->lock);
  its->is_read = 1;
#ifdef ASKS
  int again = pthread_rwlock_tryrdlock(&its->lock);
  if (again == 0) pthread_rwlock_unlock(&its->lock);
  pthread_rwlock_unlock(&its->lock);
  return again == EBUSY ? END : END + 1;  // a writer waits, or none has come yet
#else
  while (!its->gave_up) sched_yield();
  return pthread_rwlock_rdlock(&its->lock) == 0 ? END : 1;
#endif
}
