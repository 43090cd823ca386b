#include <sys/ipc.h>
#include <sys/sem.h>

int main(void) {
  struct sembuf first = {0, 1, 0}, second = {1, 1, 0};
  int set = semget(77, 2, IPC_CREAT | 0600);
  if (semop(set, &first, 1) != 0) return 1;
  return semop(set, &second, 1) != 0;
}
