/* What one must not do to the heap, one of these, and beside each what one may. Two threads, which
 * come one after the other by a lock, so that nothing races. */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct shared {
  pthread_mutex_t lock;
  int references;
  atomic_int word;
  char text[10];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct shared* shared;
static char copy[16];

static void locked(void (*what)(struct shared*), struct shared* its) {
  pthread_mutex_lock(&lock);
  what(its);
  pthread_mutex_unlock(&lock);
}

static void use(struct shared* its) {
#if defined WRITE
  its->references = 3;
#elif defined READ
  if (its->references == 7) abort();
#elif defined ATOMIC
  atomic_fetch_add(&its->word, 1);
#elif defined COPY
  memcpy(copy, its->text, sizeof its->text);
#elif defined SET
  memset(its->text, 0, sizeof its->text);
#elif defined LENGTH
  if (strlen(its->text) > 9) abort();
#elif defined LOCK
  pthread_mutex_lock(&its->lock);
  pthread_mutex_unlock(&its->lock);
#elif defined FREE
  free(its);
#elif defined REALLOC
  free(realloc(its, 100));
#endif
}

static void release(struct shared* its) { free(its); }

static void* first(void* its) {
  locked(use, its);
  return NULL;
}
static void* second(void* its) {
  locked(release, its);
  return NULL;
}

#ifdef ALONE /* by main() itself */
static void alone(void) {
  char* const text = malloc(10);
  char local = 0;
  int* volatile number;
#if ALONE == 1
  text[10] = 1; /* behind the end */
#elif ALONE == 2
  memset(text, 0, 11);
#elif ALONE == 3
  local = text[-1]; /* before its beginning */
#elif ALONE == 4
  memcpy(copy, text + 5, 6);
#elif ALONE == 5
  free(text + 1);
#elif ALONE == 6
  number = (int*)&local;
  free(number);
#elif ALONE == 7
  number = (int*)copy;
  free(number);
#elif ALONE == 8
  number = malloc(0);
  *number = 1;
#elif ALONE == 9
  number = malloc(6);
  number[1] = 1; /* half of it */
#elif ALONE == 10 /* all that is right */
  text[9] = local;
  memset(text, 'x', 10);
  assert(memchr(text, 'x', 1000) == text);
  char* const longer = realloc(text, 20);
  assert(longer[9] == 'x');
  longer[19] = 0;
  free(malloc(0));
  char* const aligned = aligned_alloc(64, 128);
  assert((uintptr_t)aligned % 64 == 0);
  aligned[127] = 1;
  free(aligned);
  free(longer);
  free(NULL);
  void* volatile none;
  errno = 0;
  none = malloc((size_t)-2);
  assert(none == NULL && errno == ENOMEM);
  errno = 0;
  none = calloc(SIZE_MAX / 2, 3);
  assert(none == NULL && errno == ENOMEM);
  char* const old = malloc(3);
  errno = 0;
  none = realloc(old, SIZE_MAX - 1);
  assert(none == NULL && errno == ENOMEM);
  old[2] = 1;
  assert(realloc(old, 0) == NULL);
  return;
#endif
  free(text);
}
#endif

int main(void) {
#ifdef ALONE
  alone();
  pthread_mutex_lock(&lock); /* a step on what is shared */
  pthread_mutex_unlock(&lock);
  return 0;
#else
  pthread_t threads[2];
  shared = calloc(1, sizeof *shared);
  pthread_mutex_init(&shared->lock, NULL);
  pthread_create(&threads[0], NULL, first, shared);
#ifndef RIGHT
  pthread_create(&threads[1], NULL, second, shared);
  pthread_join(threads[1], NULL);
#endif
  pthread_join(threads[0], NULL);
#ifdef RIGHT
  free(shared);
#endif
  return 0;
#endif
}
