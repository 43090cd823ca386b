/* One of two processes that share a System V segment and a set of two semaphores: -DFIRST takes its
 * semaphore first, the other one then, and so on. Each is small, and waits as such programs do. */
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

struct shared {
  int ready;
  int value;
  int word;
};

static struct shared* attach(void) {
  const int id = shmget(77, sizeof(struct shared), IPC_CREAT | 0600);
  if (id == -1) exit(2);
  return shmat(id, NULL, 0);
}

#ifdef FIRST /* takes two semaphores, that one first */
static int set(void) {
  const int id = semget(78, 2, IPC_CREAT | IPC_EXCL | 0600);
  if (id != -1) return id;
  return semget(78, 2, 0);
}
static void change(int id, int index, int by) {
  struct sembuf operation = {index, by, 0};
  semop(id, &operation, 1);
}
int main(void) {
  struct shared* const shared = attach();
  const int id = set();
#ifdef GIVES /* both, once */
  change(id, 0, 1);
  change(id, 1, 1);
#endif
  change(id, FIRST, -1);
  change(id, SECOND, -1);
  shared->value++;
  change(id, SECOND, 1);
  change(id, FIRST, 1);
  return 0;
}
#endif

#ifdef NEVER_WRITTEN /* waits for a value that nobody writes */
int main(void) {
  struct shared* const shared = attach();
  while (__atomic_load_n(&shared->ready, __ATOMIC_ACQUIRE) != 2) sleep(1);
  return 0;
}
#endif

#ifdef SPINS /* holds a word meanwhile */
int main(void) {
  struct shared* const shared = attach();
  while (__atomic_exchange_n(&shared->word, 1, __ATOMIC_ACQUIRE) != 0) {
  }
  shared->value++;
  __atomic_store_n(&shared->word, 0, __ATOMIC_RELEASE);
  return 0;
}
#endif

#ifdef ADDS
int main(void) {
  struct shared* const shared = attach();
  __atomic_fetch_add(&shared->value, 1, __ATOMIC_RELAXED);
  return 0;
}
#endif

#ifdef HOLDS_SEMAPHORE /* without SEM_UNDO; its creator gives it */
int main(void) {
  struct shared* const shared = attach();
  int id = semget(78, 1, IPC_CREAT | IPC_EXCL | 0600);
  struct sembuf give = {0, 1, 0}, take = {0, -1, 0};
  if (id == -1) {
    id = semget(78, 1, 0);
  } else {
    semop(id, &give, 1);
  }
  semop(id, &take, 1);
  shared->value++;
  semop(id, &give, 1);
  return 0;
}
#endif

#ifdef PUBLISHES /* whoever makes the segment fills it in and says so */
int main(void) {
  int id = shmget(77, sizeof(struct shared), IPC_CREAT | IPC_EXCL | 0600);
  const int creator = id != -1;
  if (!creator) id = shmget(77, sizeof(struct shared), 0600);
  struct shared* const shared = shmat(id, NULL, 0);
  if (creator) {
    shared->value = 7;
    __atomic_store_n(&shared->ready, 1, __ATOMIC_RELEASE);
  }
  while (__atomic_load_n(&shared->ready, __ATOMIC_ACQUIRE) == 0) sleep(1);
  return shared->value != 7;
}
#endif

#ifdef COUNTS /* a loop that counts, and waits for what nobody writes */
int main(void) {
  struct shared* const shared = attach();
  unsigned rounds = 0;
  while (__atomic_load_n(&shared->ready, __ATOMIC_ACQUIRE) == 0) ++rounds;
  return rounds == 0;
}
#endif
