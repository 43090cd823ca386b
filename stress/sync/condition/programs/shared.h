#include <pthread.h>
#include <stddef.h>
#include <sys/ipc.h>
#include <sys/shm.h>

struct shared {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  _Atomic int waits;
};

static struct shared *attach(void) {
  return shmat(shmget(80, sizeof(struct shared), IPC_CREAT | 0600), NULL, 0);
}
