/* increments SEGMENT [SET]: adds 1000 to the int in a System V segment, with a semaphore around
 * each addition where a set is given. */
#include <stdlib.h>
#include <sys/sem.h>
#include <sys/shm.h>

static void operate(int set, int by) {
  struct sembuf one = {0, (short)by, SEM_UNDO};
  if (semop(set, &one, 1) != 0) exit(3);
}

int main(int argc, char** argv) {
  int* sum = shmat(atoi(argv[1]), NULL, 0);
  const int set = argc > 2 ? atoi(argv[2]) : -1;
  if (sum == (void*)-1) return 2;
  for (int i = 0; i < 1000; i++) {
    if (set >= 0) operate(set, -1);
    *sum += 1;
    if (set >= 0) operate(set, 1);
  }
  return 0;
}
