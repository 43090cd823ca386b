// A child hands a number over by a semaphore in memory that both have mapped. NOSHARE: that was
// initialised for one process. RACE: nothing hands over.
#include <assert.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef NOSHARE
#define SHARED 0
#else
#define SHARED 1
#endif

struct shared {
  sem_t full;
  int number;
};

int main(void) {
  struct shared* const shared =
      mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int status, seen;
  pid_t child;
  sem_init(&shared->full, SHARED, 0);
  child = fork();
  if (child == 0) {
    shared->number = 42;
#ifndef RACE
    sem_post(&shared->full);
#endif
    exit(7);
  }
#ifdef RACE
  seen = shared->number == 0 ? 42 : shared->number;
#else
  sem_wait(&shared->full);
  seen = shared->number;
#endif
  assert(seen == 42);
  assert(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 7);
  return 0;
}
