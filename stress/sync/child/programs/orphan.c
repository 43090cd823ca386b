// A child may outlive its parent, and then has another. WRONG: takes that for impossible.
#include <assert.h>
#include <unistd.h>

int main(void) {
  const pid_t parent = getpid();
  if (fork() == 0) {
    const pid_t now = getppid();
    assert(now == parent || now == 1);
#ifdef WRONG
    assert(now == parent);
#endif
    _exit(0);
  }
  return 0;
}
