// Looks into the box where it is there. It must have its size: with HASTY this is not asked for, and
// a look into a box that has none ends in SIGBUS. WRITES: to what it has mapped for reading. GONE:
// looks once more behind the unmapping. FOLLOWS: the pointer in the box, which the other process has
// stored there. RACES: asks for the value without having taken the semaphore.
#include "box.h"

#ifdef WRITES
#define ACCESS PROT_READ
#else
#define ACCESS (PROT_READ | PROT_WRITE)
#endif

int main(void) {
  struct stat status;
  struct box* box;
  int seen = 1;
  const int memory = shm_open("/box", O_RDWR, 0);
  if (memory < 0) return 0;  // nobody has made it yet
#ifndef HASTY
  if (fstat(memory, &status) != 0) return 1;
  if (status.st_size < (off_t)sizeof *box) return 0;
#endif
  box = mmap(NULL, sizeof *box, ACCESS, MAP_SHARED, memory, 0);
  if (box == MAP_FAILED) return 2;
#if defined(WRITES)
  box->value = 2;
#elif defined(RACES)
  seen = box->value;
#else
  // Before sem_init() its bytes are zero: a semaphore that nobody has posted.
  if (sem_trywait(&box->full) == 0) {
    seen = box->value;
#ifdef FOLLOWS
    seen = *box->where;
#endif
  }
#endif
  munmap(box, sizeof *box);
#ifdef GONE
  seen = box->value;
#endif
  return seen == 1 || seen == 0 ? 0 : 3;
}
