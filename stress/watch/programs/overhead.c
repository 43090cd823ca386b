/* overhead WHAT processes|threads: two of either do the same work on one mapping. Prints the
 * seconds of CPU that both took. */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { part = 1 << 14 };

static struct {
  pthread_mutex_t mutex;
  long cells[16];
  sem_t empty, full;
  char text[2048];
  _Atomic(long) ticket;
  long parts[2][part];
} * s;

static void mutex(int me) {
  (void)me;
  for (int i = 0; i < 300000; i++) {
    pthread_mutex_lock(&s->mutex);
    for (int k = 0; k < 16; k++) s->cells[k]++;
    pthread_mutex_unlock(&s->mutex);
  }
}
static void copies(int me) {
  static char own[2][2048];
  for (int i = 0; i < 50000; i++) {
    sem_wait(me ? &s->empty : &s->full);
    memcpy(me ? s->text : own[0], me ? own[1] : s->text, sizeof s->text);
    sem_post(me ? &s->full : &s->empty);
  }
}
static void atomics(int me) {
  (void)me;
  for (int i = 0; i < 2000000; i++) atomic_fetch_add_explicit(&s->ticket, 1, memory_order_acq_rel);
}
static void parts(int me) {
  for (int round = 0; round < 600; round++)
    for (int i = 0; i < part; i++) s->parts[me][i] += round;
}
static void own(int me) {
  long* const memory = calloc(4096, sizeof *memory);
  for (int round = 0; round < 10000; round++)
    for (int i = 1; i < 4096; i++) memory[i] += memory[i - 1] + me;
  if (memory[5] == 42) puts("");
  free(memory);
}

static const struct {
  const char* name;
  void (*run)(int);
} all[] = {
    {"mutex", mutex}, {"copies", copies}, {"atomics", atomics}, {"parts", parts}, {"own", own}};
static void (*work)(int);

static void* second(void* unused) {
  work(1);
  return unused;
}

static double seconds(int who) {
  struct rusage used;
  getrusage(who, &used);
  return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
    if (strcmp(all[i].name, argv[1]) == 0) work = all[i].run;
  if (work == NULL) return 2;
  s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pthread_mutexattr_t shared;
  pthread_mutexattr_init(&shared);
  pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(&s->mutex, &shared);
  sem_init(&s->empty, 1, 1);
  sem_init(&s->full, 1, 0);
  if (strcmp(argv[2], "threads") == 0) {
    pthread_t thread;
    pthread_create(&thread, NULL, second, NULL);
    work(0);
    pthread_join(thread, NULL);
  } else {
    if (fork() == 0) {
      work(1);
      _exit(0);
    }
    work(0);
    wait(NULL);
  }
  fprintf(stderr, "%.3f\n", seconds(RUSAGE_SELF) + seconds(RUSAGE_CHILDREN));
  return 0;
}
