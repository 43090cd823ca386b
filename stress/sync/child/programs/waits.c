// Which child a wait() finds first. WRONG: takes it for the one that was forked first. TRIES: asks
// first, without waiting, and takes it that nobody can have ended then.
#include <assert.h>
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  int status;
  pid_t first, second, one, other;
  if ((one = fork()) == 0) _exit(1);
  if ((other = fork()) == 0) _exit(2);
#ifdef TRIES
  assert(waitpid(other, &status, WNOHANG) == 0);
#endif
  first = wait(&status);
  assert(first == one || first == other);
#ifdef WRONG
  assert(first == one);
#endif
  assert(WEXITSTATUS(status) == (first == one ? 1 : 2));
  second = waitpid(-1, &status, 0);
  assert(second == (first == one ? other : one));
  assert(waitpid(one, &status, WNOHANG) == -1 && errno == ECHILD);
  return 0;
}
