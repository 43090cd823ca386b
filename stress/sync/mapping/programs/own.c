// Memory of one process's own, mapped; it exits with 7 where all is as it should be.
#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>

static int* own;
static void* writes(void* at) {
  *(int*)at = 3;
  return 0;
}

int main(void) {
  pthread_t thread;
  own = mmap(0, 5000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (own == MAP_FAILED || own[1249] != 0) return 1;
  if (pthread_create(&thread, 0, writes, own) != 0) return 2;
  pthread_join(thread, 0);
  if (*own != 3) return 3;
  if (mmap(0, 0, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED ||
      errno != EINVAL)
    return 4;
  return munmap(own, 5000) == 0 ? 7 : 5;
}
