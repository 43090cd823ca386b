// 10 000 children, one after the other.
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  int i;
  for (i = 0; i < 10000; ++i) {
    if (fork() == 0) _exit(0);
    wait(NULL);
  }
  return 0;
}
