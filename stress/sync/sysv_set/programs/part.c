// A semop() of which one operation waits and another tries: the first that cannot be made decides.
#include <errno.h>
#include <sys/ipc.h>
#include <sys/sem.h>

#ifndef END
#define END 0
#endif

int main(void) {
  struct sembuf both[2] = {{0, -1, 0}, {1, -1, IPC_NOWAIT}};
  int set = semget(77, 2, IPC_CREAT | 0600);
  if (set < 0) return 1;
  if (semop(set, both, 2) == 0) return END;  // the other had given both
  return errno == EAGAIN ? END + 1 : 3;      // only the first
}
