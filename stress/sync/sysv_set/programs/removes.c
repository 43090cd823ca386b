#include <sys/ipc.h>
#include <sys/sem.h>

int main(void) {
  int set = semget(78, 1, IPC_CREAT | 0600);
  return semctl(set, 0, IPC_RMID) != 0;
}
