// Two children add to one number, their parent waits for both. ATOMIC: as one step.
#include <assert.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef ATOMIC
typedef atomic_int number;
#else
typedef int number;
#endif

int main(void) {
  number* const sum =
      mmap(0, sizeof *sum, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int i;
  for (i = 0; i < 2; ++i) {
    if (fork() == 0) {
      ++*sum;
      _exit(0);
    }
  }
  while (wait(NULL) > 0) {
  }
  assert(*sum == 2);
  return 0;
}
