// Waits for the text, and asks for nothing of the memory before.
#include "page.h"

int main(void) {
  sem_t *written = sem_open(WRITTEN, O_CREAT, 0600, 0);
  if (written == SEM_FAILED) fail("sem_open");
  sem_wait(written);
  const int memory = shm_open(MEMORY, O_RDWR, 0600);
  if (memory == -1) fail("shm_open");
  struct page *page = map(memory);
  assert(strcmp(page->text, "hello") == 0);
  munmap(page, sizeof *page);
  shm_unlink(MEMORY);
  sem_unlink(WRITTEN);
  return EXIT_SUCCESS;
}
