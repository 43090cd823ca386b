// A semaphore in a global is each process's own: a post in the child wakes nobody.
#include <semaphore.h>
#include <sys/wait.h>
#include <unistd.h>

static sem_t done;

int main(void) {
  sem_init(&done, 1, 0);
  if (fork() == 0) {
    sem_post(&done);
    _exit(0);
  }
  sem_wait(&done);
  wait(NULL);
  return 0;
}
