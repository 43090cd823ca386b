/* One of several processes that hand on lines of text by System V semaphores: right, but for who
 * waits behind the last line. -DSTARTS: who sends raises the slot's flag before its first line;
 * -DAWAITS: one that waits until somebody raises it further, which nobody does. */
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

struct slot {
  char text[32];
  int started;
};

static void change(int id, int index, int by) {
  struct sembuf operation = {index, by, 0};
  semop(id, &operation, 1);
}

int main(void) {
  struct slot* const slot = shmat(shmget(81, sizeof(struct slot), IPC_CREAT | 0600), NULL, 0);
  const int id = semget(82, 2, IPC_CREAT | 0600); /* full, empty: how often it was taken */
#ifdef SENDS
#ifdef STARTS
  __atomic_store_n(&slot->started, 1, __ATOMIC_RELEASE);
#endif
  char line[32];
  for (int full = 0;; full = 1) {
    if (fgets(line, sizeof line, stdin) == NULL) return 1;
    if (full) change(id, 1, -1); /* taken since */
    strcpy(slot->text, line);
    change(id, 0, 1);
    if (strncmp(line, "end", 3) == 0) return 0;
  }
#elif defined(AWAITS)
  (void)id;
  while (__atomic_load_n(&slot->started, __ATOMIC_ACQUIRE) != 2) sleep(1);
  return 0;
#else
  char line[32];
  do {
    change(id, 0, -1);
    strcpy(line, slot->text);
    printf("%s", line);
    change(id, 1, 1);
  } while (strncmp(line, "end", 3) != 0);
  return 0;
#endif
}
