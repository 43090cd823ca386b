#include <sys/mman.h>

int main(void) {
  int* const all =
      mmap(0, 1UL << 40, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return all == MAP_FAILED;
}
