/* protocols NAME [broken]: two processes that share a mapping hand data over by one means. With a
 * second argument they leave the means out at one end. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <unistd.h>

enum { rounds = 200 };

static struct shared {
  pthread_mutex_t mutex;
  pthread_cond_t condition;
  pthread_rwlock_t rwlock;
  pthread_barrier_t barrier;
  sem_t empty, full, lock;
  atomic_int flag;
  _Atomic(long) word;
  pthread_spinlock_t spin;
  int set, queue;
  int pipes[4]; /* there, and back */
  int data[4];
  char text[64];
} * s;
static int broken;
static int is_child;
static sem_t* named;
static char name[64]; /* of this run alone */

static void wait_for(int value, memory_order order) {
  while (atomic_load_explicit(&s->flag, order) != value) usleep(1);
}
static void operate(int number, int by) {
  struct sembuf one = {(unsigned short)number, (short)by, 0};
  if (semop(s->set, &one, 1) != 0) exit(3);
}

static void mutex(void) {
  for (int i = 0; i < rounds; i++) {
    if (!(broken && is_child)) pthread_mutex_lock(&s->mutex);
    s->data[0]++;
    if (!(broken && is_child)) pthread_mutex_unlock(&s->mutex);
  }
}
static void spin(void) {
  for (int i = 0; i < rounds; i++) {
    if (!(broken && is_child)) pthread_spin_lock(&s->spin);
    s->data[0]++;
    if (!(broken && is_child)) pthread_spin_unlock(&s->spin);
  }
}
static void rwlock(void) {
  int sum = 0;
  for (int i = 0; i < rounds; i++) {
    if (!(broken && is_child)) pthread_rwlock_rdlock(&s->rwlock);
    sum += s->data[0];
    if (broken && is_child) continue;
    pthread_rwlock_unlock(&s->rwlock);
    pthread_rwlock_wrlock(&s->rwlock);
    s->data[0]++;
    pthread_rwlock_unlock(&s->rwlock);
  }
  if (sum < 0) exit(3);
}
static void condition(void) {
  for (int i = 0; i < rounds; i++) {
    pthread_mutex_lock(&s->mutex);
    while (s->data[0] % 2 != is_child) pthread_cond_wait(&s->condition, &s->mutex);
    s->data[0]++;
    pthread_cond_broadcast(&s->condition);
    pthread_mutex_unlock(&s->mutex);
    if (broken) s->data[1]++;
  }
}
static void barrier(void) {
  for (int i = 0; i < rounds; i++) {
    if (i % 2 == is_child) s->data[0]++;
    if (broken) s->data[1]++;
    pthread_barrier_wait(&s->barrier);
  }
}
static void semaphores(void) {
  for (int i = 0; i < rounds; i++) {
    if (is_child) {
      if (!broken) sem_wait(&s->empty);
      snprintf(s->text, sizeof s->text, "message %d", i);
      sem_post(&s->full);
    } else {
      if (!broken) sem_wait(&s->full);
      if (strlen(s->text) > 20) exit(3);
      sem_post(&s->empty);
    }
  }
}
static void names(void) {
  sem_t* const lock = is_child ? sem_open(name, 0) : named;
  for (int i = 0; i < rounds; i++) {
    if (!(broken && is_child)) sem_wait(lock);
    s->data[0]++;
    if (!(broken && is_child)) sem_post(lock);
  }
}
static void sets(void) {
  for (int i = 0; i < rounds; i++) {
    if (is_child) {
      struct sembuf both[2] = {{0, 0, 0}, {1, 1, 0}}; /* when 0 is zero, 1 becomes one */
      semop(s->set, both, 2);
      s->data[0]++;
      operate(2, 1);
    } else {
      operate(1, -1);
      if (!broken) operate(2, -1);
      s->data[0]++;
    }
    if (broken && i > 3) break;
    if (!broken) {
      operate(3, is_child ? 1 : -1);
      operate(4, is_child ? -1 : 1);
    }
  }
}
static void release_acquire(void) {
  for (int i = 0; i < rounds; i++) {
    wait_for(2 * i + is_child, broken ? memory_order_relaxed : memory_order_acquire);
    s->data[0] = i;
    memcpy(s->text, "abcdefghijklmnop", 16);
    atomic_store_explicit(&s->flag, 2 * i + is_child + 1, memory_order_release);
  }
}
static void fences(void) {
  for (int i = 0; i < rounds; i++) {
    wait_for(2 * i + is_child, memory_order_relaxed);
    if (!broken) atomic_thread_fence(memory_order_acquire);
    s->data[0] = i;
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&s->flag, 2 * i + is_child + 1, memory_order_relaxed);
  }
}
/* The child's relaxed exchange goes on with what the parent's store has released; a store would
 * not. */
static void sequence(void) {
  if (is_child) {
    wait_for(1, memory_order_relaxed);
    if (broken) {
      atomic_store_explicit(&s->flag, 2, memory_order_relaxed);
    } else {
      atomic_fetch_add_explicit(&s->flag, 1, memory_order_relaxed);
    }
    return;
  }
  if (fork() == 0) {
    is_child = 2;
    wait_for(2, memory_order_relaxed); /* at 1 an acquire would be the parent's own */
    wait_for(2, memory_order_acquire);
    s->data[0]++;
    _exit(0);
  }
  s->data[0]++;
  atomic_store_explicit(&s->flag, 1, memory_order_release);
  wait_for(2, memory_order_relaxed);
}
static void compare_exchange(void) {
  for (int i = 0; i < rounds; i++) {
    long free = 0;
    while (!atomic_compare_exchange_weak_explicit(
        &s->word, &free, 1, broken ? memory_order_relaxed : memory_order_acquire,
        memory_order_relaxed)) {
      free = 0;
      usleep(1);
    }
    s->data[0]++;
    atomic_store_explicit(&s->word, 0, memory_order_release);
  }
}
/* What a parent did before fork(), and a child before its end. */
static void fork_and_wait(void) {
  if (!is_child) return;
  s->data[1]++;
}
/* A process that dies with a robust mutex. */
static void robust(void) {
  if (is_child) {
    pthread_mutex_lock(&s->mutex);
    s->data[0]++;
    atomic_store_explicit(&s->flag, 1, memory_order_relaxed);
    raise(SIGKILL);
  }
  wait_for(1, memory_order_relaxed);
  if (!broken && pthread_mutex_lock(&s->mutex) != EOWNERDEAD) exit(3);
  s->data[0]++;
}
/* One that dies with an operation that the kernel takes back. */
static void undo(void) {
  struct sembuf take = {5, -1, SEM_UNDO};
  if (is_child) {
    semop(s->set, &take, 1);
    s->data[0]++;
    atomic_store_explicit(&s->flag, 1, memory_order_relaxed);
    raise(SIGKILL);
  }
  wait_for(1, memory_order_relaxed);
  if (!broken) semop(s->set, &take, 1);
  s->data[0]++;
}
static void pipes(void) {
  char byte = 0;
  for (int i = 0; i < rounds; i++) {
    if (is_child) {
      s->data[0] = i;
      if (write(s->pipes[1], &byte, 1) != 1 || read(s->pipes[2], &byte, 1) != 1) exit(3);
    } else {
      if (!broken && read(s->pipes[0], &byte, 1) != 1) exit(3);
      if (s->data[0] != i && !broken) exit(3);
      if (write(s->pipes[3], &byte, 1) != 1) exit(3);
    }
  }
}
static void queue(void) {
  struct {
    long type;
    char text[8];
  } message = {1, "go"};
  for (int i = 0; i < rounds; i++) {
    message.type = 1 + is_child;
    if (is_child) {
      s->data[0] = i;
      msgsnd(s->queue, &message, 8, 0);
      msgrcv(s->queue, &message, 8, 1, 0);
    } else {
      if (!broken) msgrcv(s->queue, &message, 8, 2, 0);
      message.type = 1;
      if (s->data[0] != i && !broken) exit(3);
      msgsnd(s->queue, &message, 8, 0);
    }
  }
}
static void* add(void* by) {
  s->data[2] += *(int*)by;
  return by;
}
/* The threads of one process. */
static void threads(void) {
  pthread_t thread;
  int by = 1;
  if (is_child) return;
  s->data[2]++;
  pthread_create(&thread, NULL, add, &by);
  if (broken) s->data[2]++;
  pthread_join(thread, NULL);
  s->data[2]++;
}

static const struct {
  const char* name;
  void (*run)(void);
} all[] = {{"mutex", mutex},
           {"spin", spin},
           {"rwlock", rwlock},
           {"condition", condition},
           {"barrier", barrier},
           {"semaphores", semaphores},
           {"names", names},
           {"sets", sets},
           {"release_acquire", release_acquire},
           {"fences", fences},
           {"sequence", sequence},
           {"compare_exchange", compare_exchange},
           {"fork_and_wait", fork_and_wait},
           {"robust", robust},
           {"undo", undo},
           {"threads", threads},
           {"pipes", pipes},
           {"queue", queue}};

static void make(void) {
  pthread_mutexattr_t of_mutex;
  pthread_condattr_t of_condition;
  pthread_rwlockattr_t of_rwlock;
  pthread_barrierattr_t of_barrier;
  pthread_mutexattr_init(&of_mutex);
  pthread_mutexattr_setpshared(&of_mutex, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&of_mutex, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&s->mutex, &of_mutex);
  pthread_condattr_init(&of_condition);
  pthread_condattr_setpshared(&of_condition, PTHREAD_PROCESS_SHARED);
  pthread_cond_init(&s->condition, &of_condition);
  pthread_rwlockattr_init(&of_rwlock);
  pthread_rwlockattr_setpshared(&of_rwlock, PTHREAD_PROCESS_SHARED);
  pthread_rwlock_init(&s->rwlock, &of_rwlock);
  pthread_barrierattr_init(&of_barrier);
  pthread_barrierattr_setpshared(&of_barrier, PTHREAD_PROCESS_SHARED);
  pthread_barrier_init(&s->barrier, &of_barrier, 2);
  pthread_spin_init(&s->spin, PTHREAD_PROCESS_SHARED);
  sem_init(&s->empty, 1, 1);
  sem_init(&s->full, 1, 0);
  s->set = semget(IPC_PRIVATE, 6, 0600);
  semctl(s->set, 5, SETVAL, 1);
  s->queue = msgget(IPC_PRIVATE, 0600);
  if (pipe(s->pipes) != 0 || pipe(s->pipes + 2) != 0) exit(2);
}

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  broken = argc > 2;
  s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  make();
  if (strcmp(argv[1], "names") == 0) {
    snprintf(name, sizeof name, "/minusone-watch-%d", (int)getpid());
    named = sem_open(name, O_CREAT | O_EXCL, 0600, 1);
    if (named == SEM_FAILED) return 2;
  }
  for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
    if (strcmp(all[i].name, argv[1]) != 0) continue;
    s->data[1]++;
    const pid_t child = fork();
    is_child = child == 0;
    all[i].run();
    if (is_child) _exit(0);
    if (broken && all[i].run == fork_and_wait) s->data[1]++;
    while (wait(NULL) > 0) {
    }
    if (named != NULL) sem_unlink(name);
    semctl(s->set, 0, IPC_RMID);
    msgctl(s->queue, IPC_RMID, NULL);
    s->data[1]++;
    return 0;
  }
  return 2;
}
