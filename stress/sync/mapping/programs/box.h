// What the two programs share, as shared memory with a name.
#include <fcntl.h>
#include <semaphore.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct box {
  sem_t full;
  int value;
  int* where;
};
