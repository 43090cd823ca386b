// The classic mistake: every thread gets the address of the same loop variable, which main() goes on
// to change. Two threads may see the same number.
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

static int seen[3];

static void* mark(void* argument) {
  int mine = *(int*)argument;
  if (mine < 2) seen[mine] = 1;
  return NULL;
}

int main(void) {
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, mark, &i);
  for (int k = 0; k < 2; k++) pthread_join(threads[k], NULL);
  assert(seen[0] && seen[1]);
  return 0;
}
