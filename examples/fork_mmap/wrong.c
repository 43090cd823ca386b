// A producer and a consumer with fork() and mmap(). The consumer waits for an item; nobody waits for
// a free place.
#include <assert.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ITEMS = 2 };

struct box {
  sem_t full;  // items in the box
  int item;
};

static void produce(struct box *box) {
  for (int i = 1; i <= ITEMS; ++i) {
    box->item = i;
    sem_post(&box->full);
  }
}

static void consume(struct box *box) {
  for (int i = 1; i <= ITEMS; ++i) {
    sem_wait(&box->full);
    assert(box->item == i);
  }
}

int main(void) {
  struct box *box =
      mmap(NULL, sizeof *box, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (box == MAP_FAILED) {
    perror("mmap");
    return EXIT_FAILURE;
  }
  sem_init(&box->full, 1, 0);

  const pid_t child = fork();
  if (child == -1) {
    perror("fork");
    return EXIT_FAILURE;
  }
  if (child == 0) {
    produce(box);
    _exit(EXIT_SUCCESS);
  }
  consume(box);
  waitpid(child, NULL, 0);
  munmap(box, sizeof *box);
  return EXIT_SUCCESS;
}
