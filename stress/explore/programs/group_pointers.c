/* One of two processes that share a segment: -DGIVES=n leaves a pointer of its own there, the other
 * follows it. */
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>

struct shared {
  int ready;
  int value;
  int* pointer;
  long offset;
};

static int own = 7;

int main(void) {
  struct shared* const shared = shmat(shmget(77, sizeof *shared, IPC_CREAT | 0600), NULL, 0);
#ifdef GIVES
  int local = 8;
  int* const block = malloc(sizeof *block);
  *block = 9;
  shared->value = 10;
#if GIVES == 1
  shared->pointer = &own;
#elif GIVES == 2
  shared->pointer = &local;
#elif GIVES == 3
  shared->pointer = block;
#elif GIVES == 4
  shared->pointer = &shared->value; /* where it has the segment */
#else
  shared->offset = (char*)&shared->value - (char*)shared;
#endif
  __atomic_store_n(&shared->ready, 1, __ATOMIC_RELEASE);
  while (__atomic_load_n(&shared->ready, __ATOMIC_ACQUIRE) != 2) {
  }
  free(block);
  return local + own == 0;
#else
  while (__atomic_load_n(&shared->ready, __ATOMIC_ACQUIRE) != 1) {
  }
  int* const there =
      shared->pointer != NULL ? shared->pointer : (int*)((char*)shared + shared->offset);
#ifdef WRITES
  *there = 1;
#elif defined COPIES
  int copy;
  memcpy(&copy, there, sizeof copy);
#else
  const int value = *there;
  if (value == 0) return 1;
#endif
  __atomic_store_n(&shared->ready, 2, __ATOMIC_RELEASE);
#ifdef DETACHES
  shmdt(shared);
  return shared->value;
#endif
  return 0;
#endif
}
