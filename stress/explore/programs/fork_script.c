// fork_script SCRIPT: does what the script says, and exits with a number that tells what all of its
// calls have returned, as the main process has seen it. A child does what stands between the
// parentheses, and exits with what it has seen. Compiled with NATIVE it ends itself where it waits for
// ever.
#include <errno.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static struct shared {
  sem_t semaphore;
  atomic_int number;
} *shared;
static unsigned long seen;
static int own;
static pid_t parent;

static void see(long result) { seen = seen * 31 + (unsigned long)result + 7; }
static void see_result(int result) { see(result == 0 ? 0 : errno); }
static void see_child(pid_t ended, int status) {
  see(ended < 0 ? errno : ended == 0 ? 200 : WIFEXITED(status) ? WEXITSTATUS(status) : 300);
}
static void start(void) {
#ifdef NATIVE
  alarm(NATIVE);
#endif
}

static const char *end_of(const char *at) {
  int depth = 1;
  for (; depth > 0; ++at) depth += *at == '(' ? 1 : *at == ')' ? -1 : 0;
  return at;
}

static void run(const char *at) {
  pid_t last = 1;
  int status = 0;
  while (*at != 0 && *at != ')') {
    const pid_t self = getpid();
    switch (*at++) {
      case '(':
        last = fork();
        if (last == 0) {
          start();
          parent = self;
          run(at);
          _exit((int)(seen % 100));
        }
        at = end_of(at);
        break;
      case 'w':
        see_child(wait(&status), status);
        break;
      case 'n':
        see_child(waitpid(-1, &status, WNOHANG), status);
        break;
      case 'l':
        see_child(waitpid(last, &status, 0), status);
        break;
      case 'p':
        see_result(sem_post(&shared->semaphore));
        break;
      case 't':
        see_result(sem_trywait(&shared->semaphore));
        break;
      case 's':
        see_result(sem_wait(&shared->semaphore));
        break;
      case 'a':
        see(atomic_fetch_add(&shared->number, 1));
        break;
      case 'o':
        see(own++);
        break;
      case 'g':
        see(parent == 0 || getppid() == parent);
    }
  }
}

int main(int count, char **words) {
  start();
  shared = mmap(0, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (count < 2 || shared == MAP_FAILED || sem_init(&shared->semaphore, 1, 1) != 0) return 120;
  run(words[1]);
  return (int)(seen % 100) + 1;
}
