// Waits for the text, but maps the memory before: it may not have its size yet. And it looks whether
// something stands there already.
#include "page.h"

int main(void) {
  sem_t *written = sem_open(WRITTEN, O_CREAT, 0600, 0);
  if (written == SEM_FAILED) fail("sem_open");
  const int memory = shm_open(MEMORY, O_CREAT | O_RDWR, 0600);
  if (memory == -1) fail("shm_open");
  struct page *page = map(memory);
  if (page->text[0] == '\0') sem_wait(written);
  assert(strcmp(page->text, "hello") == 0);
  munmap(page, sizeof *page);
  return EXIT_SUCCESS;
}
