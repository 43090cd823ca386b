// Globals, the heap, the stack and thread-local variables of a child are its own, as they were when it
// was forked; its parent sees of all that only what they share. So says each process by assertions.
// UNSHARED: the number that the child leaves is no shared one.
#include <assert.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int global = 1;
static __thread int local = 5;

struct shared {
  sem_t left;
  int number;
};

static void is_as_it_was(const int* heap, int stack) {
  assert(global == 1 && *heap == 2 && stack == 3 && local == 5);
}

int main(void) {
  struct shared* const shared =
      mmap(0, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int* const heap = malloc(sizeof *heap);
  int *mine, stack = 3, status;
  pid_t child;
  assert(shared != MAP_FAILED && heap != NULL);
  sem_init(&shared->left, 1, 0);
  *heap = 2;
  child = fork();
  if (child == 0) {
    int* const more = malloc(100);
    is_as_it_was(heap, stack);
    global = 10, *heap = 20, stack = 30, local = 50, *more = 77;
#ifdef UNSHARED
    global = 99;
#else
    shared->number = 99;
#endif
    sem_post(&shared->left);
    assert(*heap == 20 && stack == 30 && local == 50 && *more == 77);
    free(more);
    free(heap);
    _exit(3);
  }
  sem_wait(&shared->left);
#ifdef UNSHARED
  assert(global == 99);
#endif
  is_as_it_was(heap, stack);
  assert(shared->number == 99);
  mine = malloc(200);
  *mine = 8, global = 100;
  assert(wait(&status) == child && WIFEXITED(status) && WEXITSTATUS(status) == 3);
  assert(*heap == 2 && *mine == 8 && global == 100 && wait(&status) == -1);
  free(heap);
  free(mine);
  return 0;
}
