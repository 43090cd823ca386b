// A child that waits for what nobody does, while its parent has long ended.
#include <sys/mman.h>
#include <unistd.h>

int main(void) {
  volatile int* const told =
      mmap(0, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (fork() == 0) {
    while (*told == 0) {
    }
  }
  return 0;
}
