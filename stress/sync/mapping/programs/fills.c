// Makes the box and fills it.
#include "box.h"

int main(void) {
  const int memory = shm_open("/box", O_CREAT | O_RDWR, 0600);
  struct box* box;
  if (memory < 0 || ftruncate(memory, sizeof *box) != 0) return 1;
  box = mmap(NULL, sizeof *box, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
  if (box == MAP_FAILED) return 2;
  close(memory);
  box->value = 1;
  box->where = &box->value;
  sem_init(&box->full, 1, 1);
  munmap(box, sizeof *box);
  return 0;
}
