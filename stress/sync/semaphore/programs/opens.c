// What one process may do with a semaphore's name, without anybody beside it; it exits with the number
// of what came out otherwise, and else with END.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <semaphore.h>

#ifndef END
#define END 0
#endif

int main(void) {
  int value = -1;
  sem_t *one = sem_open("/one", O_CREAT | O_EXCL, 0600, 2);
  sem_t *again = sem_open("/one", O_CREAT, 0600, 5);
  sem_t *other;
  if (one == SEM_FAILED || again != one) return 1;
  if (sem_open("/one", O_CREAT | O_EXCL, 0600, 1) != SEM_FAILED || errno != EEXIST) return 2;
  if (sem_unlink("/one") != 0) return 3;
  if (sem_unlink("/one") == 0 || errno != ENOENT) return 4;
  if (sem_open("/one", 0) != SEM_FAILED || errno != ENOENT) return 5;

  // Its name leads to another now; who has it open goes on with it.
  if (sem_open("/one", O_CREAT, 0600, SEM_VALUE_MAX + 1u) != SEM_FAILED || errno != EINVAL) return 6;
  other = sem_open("/one", O_CREAT, 0600, 7);
  if (other == SEM_FAILED || other == one) return 7;
  if (sem_getvalue(other, &value) != 0 || value != 7) return 8;
  if (sem_getvalue(one, &value) != 0 || value != 2) return 9;
  if (sem_wait(one) != 0 || sem_trywait(again) != 0) return 10;
  if (sem_trywait(one) == 0 || errno != EAGAIN) return 11;

  if (sem_close(one) != 0 || sem_close(again) != 0) return 12;
  if (sem_open("/o/n/e", O_CREAT, 0600, 1) != SEM_FAILED || errno != EINVAL) return 13;
  if (sem_close(other) != 0 || sem_unlink("/one") != 0) return 14;
  return END;
}
