/* What main() is called with: its name, then 2 and 100; which are its own to write to, and which another
 * thread may be handed. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static int total;

static void* adds(void* number) {
  total += atoi(number);
  return NULL;
}

int main(int argc, char** argv) {
  if (argc != 3 || argv[3] != NULL || strstr(argv[0], "argument") == NULL) return 2;
#ifdef ALONE
  adds(argv[2]);
#else
  pthread_t thread;
  pthread_create(&thread, NULL, adds, argv[2]);
  pthread_join(thread, NULL);
#endif
  argv[1][0] += 1;
  return total + atoi(argv[1]) == 103 ? 0 : 1;
}
