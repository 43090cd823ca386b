// Asks once, and takes the names away behind itself: when it was answered, the other has both
// semaphores open.
#include <fcntl.h>
#include <semaphore.h>

int main(void) {
  sem_t *asked = sem_open("/asked", O_CREAT, 0600, 0);
  sem_t *answered = sem_open("/answered", O_CREAT, 0600, 0);
  if (asked == SEM_FAILED || answered == SEM_FAILED) return 1;
  sem_post(asked);
  sem_wait(answered);
  sem_unlink("/asked");
  sem_unlink("/answered");
  sem_close(asked);
  sem_close(answered);
  return 0;
}
