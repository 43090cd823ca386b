// Answers once. Whichever of the two programs comes first makes the semaphores; with HASTY only the
// other does, and this one may come too early.
#include <fcntl.h>
#include <semaphore.h>

#ifdef HASTY
#define HOW 0
#else
#define HOW O_CREAT
#endif

int main(void) {
  sem_t *asked = sem_open("/asked", HOW, 0600, 0);
  sem_t *answered = sem_open("/answered", HOW, 0600, 0);
  if (asked == SEM_FAILED || answered == SEM_FAILED) return 1;
  sem_wait(asked);
  sem_post(answered);
  sem_close(asked);
  sem_close(answered);
  return 0;
}
