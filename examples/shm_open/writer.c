// Makes the memory, gives it its size, writes, and says so.
#include "page.h"

int main(void) {
  sem_t *written = sem_open(WRITTEN, O_CREAT, 0600, 0);
  if (written == SEM_FAILED) fail("sem_open");
  const int memory = shm_open(MEMORY, O_CREAT | O_RDWR, 0600);
  if (memory == -1) fail("shm_open");
  if (ftruncate(memory, sizeof(struct page)) == -1) fail("ftruncate");
  struct page *page = map(memory);
  strcpy(page->text, "hello");
  sem_post(written);
  munmap(page, sizeof *page);
  return EXIT_SUCCESS;
}
