/* More threads than there are numbers: joined one by one, or in batches, or never. */
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

static int count;
static sem_t done;

static void* adds(void* by) {
  count += by == NULL ? 1 : *(int*)by;
  return NULL;
}

#ifdef JOINED /* that many, one after the other */
int main(void) {
  for (int i = 0; i < JOINED; ++i) {
    pthread_t thread;
    int* const one = malloc(sizeof *one);
    *one = 1;
    if (pthread_create(&thread, NULL, adds, one) != 0) return 2;
    pthread_join(thread, NULL);
    free(one);
  }
  return count == JOINED ? 0 : 1;
}
#endif

#ifdef BATCHES /* of two, whose order is free */
static void* adds_atomically(void* none) {
  __atomic_fetch_add(&count, 1, __ATOMIC_RELAXED);
  return none;
}
int main(void) {
  for (int i = 0; i < BATCHES; ++i) {
    pthread_t threads[2];
    for (int j = 0; j < 2; ++j) {
      if (pthread_create(&threads[j], NULL, adds_atomically, NULL) != 0) return 2;
    }
    for (int j = 0; j < 2; ++j) pthread_join(threads[j], NULL);
  }
  return count == 2 * BATCHES ? 0 : 1;
}
#endif

#ifdef DETACHED /* each tells that it is done */
static void* tells(void* none) {
  sem_post(&done);
  return none;
}
int main(void) {
  sem_init(&done, 0, 0);
  for (int i = 0; i < DETACHED; ++i) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, tells, NULL) != 0) return 2;
    pthread_detach(thread);
    sem_wait(&done);
  }
  return 0;
}
#endif

#ifdef KEPT /* until all are joined, in the end */
static void* tells_its_own(void* own) { return own; }
int main(void) {
  static pthread_t threads[KEPT];
  static int own[KEPT];
  for (int i = 0; i < KEPT; ++i) {
    if (pthread_create(&threads[i], NULL, tells_its_own, &own[i]) != 0) return 2;
  }
  for (int i = 0; i < KEPT; ++i) {
    void* told = NULL;
    pthread_join(threads[i], &told);
    if (told != &own[i]) return 1;
  }
  return 0;
}
#endif

#ifdef ALIVE /* at once, who wait for main() */
static void* waits(void* none) {
  sem_wait(&done);
  return none;
}
int main(void) {
  static pthread_t threads[ALIVE];
  sem_init(&done, 0, 0);
  for (int i = 0; i < ALIVE; ++i) {
    if (pthread_create(&threads[i], NULL, waits, NULL) != 0) return 2;
  }
  sem_post(&done);
  pthread_join(threads[0], NULL);
  return 0;
}
#endif

#ifdef ENDLESS
int main(void) {
  for (;;) {
    pthread_t thread;
    pthread_create(&thread, NULL, adds, NULL);
  }
}
#endif

#ifdef BYTES /* of memory */
int main(void) {
  char* const memory = malloc(BYTES);
  if (memory == NULL) return 2;
  memset(memory, 1, BYTES);
  free(memory);
  return 0;
}
#endif

#ifdef DEEP /* a frame of so many bytes, as Linux lets a thread have */
static int deep(int bytes) {
  volatile char room[4096];
  memset((char*)room, 0, sizeof room);
  return bytes <= 0 ? room[0] : deep(bytes - 4096) + room[1];
}
int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, adds, NULL);
  pthread_join(thread, NULL);
  return deep(DEEP);
}
#endif
