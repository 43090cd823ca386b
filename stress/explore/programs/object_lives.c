// Objects that were never initialised, that were destroyed, copied or overwritten, and uses of them
// that POSIX leaves undefined. A build is one case: CASE names its function.
#define _GNU_SOURCE
#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define A_CASE(name) __attribute__((unused)) static void name(void)

struct counted {
  pthread_mutex_t mutex;
  int value;
};

static int looked_at;
static int handed_over;
static struct counted a, b;
static sem_t semaphore;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_rwlock_t writers_first = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static pthread_barrier_t barrier;
static pthread_spinlock_t spin;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void do_nothing(void) {}

static void beside(void* (*thread)(void*), void (*main_does)(void)) {
  pthread_t made;
  pthread_create(&made, NULL, thread, NULL);
  main_does();
  pthread_join(made, NULL);
}

static pthread_mutexattr_t* of_type(int type) {
  static pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, type);
  return &attributes;
}

A_CASE(wait_at_zeroed_semaphore) { sem_wait(&semaphore); }

static void* posts(void* unused) {
  handed_over = 1;
  sem_post(&semaphore);
  return unused;
}
static void takes(void) {
  sem_wait(&semaphore);
  assert(handed_over == 1);
}
A_CASE(post_zeroed_semaphore) { beside(posts, takes); }

A_CASE(lock_zeroed_spin_lock) { pthread_spin_lock(&spin); }
A_CASE(wait_at_zeroed_barrier) { pthread_barrier_wait(&barrier); }
A_CASE(lock_mutex_from_malloc) {
  pthread_mutex_t* const made = malloc(sizeof *made);
  pthread_mutex_lock(made);
}
A_CASE(wait_at_semaphore_from_malloc) {
  sem_t* const made = malloc(sizeof *made);
  sem_wait(made);
}
A_CASE(overwritten_once) {
  memset(&once, 0x11, sizeof once);
  pthread_once(&once, do_nothing);
}

static void twice(pthread_mutex_t* recursive) {
  assert(pthread_mutex_lock(recursive) == 0);
  assert(pthread_mutex_lock(recursive) == 0);
  pthread_mutex_unlock(recursive);
  pthread_mutex_unlock(recursive);
}
A_CASE(recursive_by_initialiser) {
  static pthread_mutex_t recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
  twice(&recursive);
}
A_CASE(recursive_by_assignment) {
  pthread_mutex_init(&a.mutex, of_type(PTHREAD_MUTEX_RECURSIVE));
  b = a;
  twice(&b.mutex);
}
A_CASE(recursive_until_zeroed) {
  pthread_mutex_init(&a.mutex, of_type(PTHREAD_MUTEX_RECURSIVE));
  memset(&a, 0, sizeof a);
  twice(&a.mutex);
}
A_CASE(copied_while_held) {
  pthread_mutex_lock(&a.mutex);
  b = a;
  pthread_mutex_unlock(&a.mutex);
  pthread_mutex_lock(&b.mutex);
}
A_CASE(semaphore_until_zeroed) {
  sem_init(&semaphore, 0, 1);
  memset(&semaphore, 0, sizeof semaphore);
  sem_wait(&semaphore);
}

// Each at the address of the one before.
static void in_a_frame(int value) {
  sem_t mine;
  if (value > 0) sem_init(&mine, 0, (unsigned)value);
  sem_wait(&mine);
  if (value > 0) sem_destroy(&mine);
}
A_CASE(semaphore_in_the_frame_of_another) {
  in_a_frame(2);
  in_a_frame(0);
}
static void of_an_initialiser(void) {
  pthread_cond_t mine = PTHREAD_COND_INITIALIZER;
  pthread_mutex_t its = PTHREAD_MUTEX_INITIALIZER;
  pthread_rwlock_t other = PTHREAD_RWLOCK_INITIALIZER;
  pthread_cond_signal(&mine);
  pthread_mutex_lock(&its);
  pthread_rwlock_rdlock(&other);
  pthread_rwlock_unlock(&other);
  pthread_mutex_unlock(&its);
  pthread_cond_destroy(&mine);
  pthread_mutex_destroy(&its);
  pthread_rwlock_destroy(&other);
}
A_CASE(initialisers_in_the_frame_of_others) {
  of_an_initialiser();
  of_an_initialiser();
}

A_CASE(lock_destroyed_mutex) {
  pthread_mutex_destroy(&mutex);
  pthread_mutex_lock(&mutex);
}
A_CASE(signal_destroyed_condition) {
  pthread_cond_destroy(&changed);
  pthread_cond_signal(&changed);
}
A_CASE(read_destroyed_rwlock) {
  pthread_rwlock_destroy(&rwlock);
  pthread_rwlock_rdlock(&rwlock);
}
A_CASE(wait_at_destroyed_barrier) {
  pthread_barrier_init(&barrier, NULL, 1);
  pthread_barrier_destroy(&barrier);
  pthread_barrier_wait(&barrier);
}
A_CASE(post_destroyed_semaphore) {
  sem_init(&semaphore, 0, 1);
  sem_destroy(&semaphore);
  sem_post(&semaphore);
}

static void* waits(void* unused) {
  sem_wait(&semaphore);
  return unused;
}
static void destroys_semaphore(void) { sem_destroy(&semaphore); }
A_CASE(destroy_semaphore_waited_for) { beside(waits, destroys_semaphore); }

static void* waits_for_change(void* unused) {
  pthread_mutex_lock(&mutex);
  handed_over = 1;
  pthread_cond_wait(&changed, &mutex);
  return unused;
}
static void destroys_condition(void) {
  pthread_mutex_lock(&mutex);
  if (handed_over) pthread_cond_destroy(&changed);
  exit(0);
}
A_CASE(destroy_condition_waited_for) { beside(waits_for_change, destroys_condition); }

static void wakes_and_destroys(void) {
  pthread_mutex_lock(&mutex);
  const int waits = handed_over == 1;
  handed_over = 2;
  if (waits) {
    pthread_cond_broadcast(&changed);
    pthread_cond_destroy(&changed);  // allowed: nobody is blocked on it any more
  }
  pthread_mutex_unlock(&mutex);
}
static void* waits_once(void* unused) {
  pthread_mutex_lock(&mutex);
  if (handed_over != 2) {
    handed_over = 1;
    pthread_cond_wait(&changed, &mutex);
  }
  pthread_mutex_unlock(&mutex);
  return unused;
}
A_CASE(destroy_condition_after_broadcast) { beside(waits_once, wakes_and_destroys); }

// The thread gives up waiting, and has to lock what is gone.
static const struct timespec far = {2000000000, 0};
static void* waits_for_a_while(void* unused) {
  pthread_mutex_lock(&mutex);
  handed_over = 1;
  pthread_cond_timedwait(&changed, &mutex, &far);
  return unused;
}
static void destroys_mutex_between(void) {
  pthread_mutex_lock(&mutex);
  const int waits = handed_over;
  pthread_mutex_unlock(&mutex);
  if (waits) pthread_mutex_destroy(&mutex);
}
A_CASE(destroy_mutex_to_be_locked_again) { beside(waits_for_a_while, destroys_mutex_between); }

static void* holds(void* unused) {
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);
  return unused;
}
static void destroys_mutex(void) { pthread_mutex_destroy(&mutex); }
A_CASE(destroy_held_mutex) { beside(holds, destroys_mutex); }
static void* holds_and_says_so(void* unused) {
  pthread_mutex_lock(&mutex);
  sem_post(&semaphore);
  return unused;
}
static void unlocks_when_told(void) {
  sem_wait(&semaphore);
  pthread_mutex_unlock(&mutex);
}
A_CASE(unlock_mutex_of_another) { beside(holds_and_says_so, unlocks_when_told); }
A_CASE(unlock_free_mutex) { pthread_mutex_unlock(&mutex); }
A_CASE(unlock_free_rwlock) { pthread_rwlock_unlock(&rwlock); }
A_CASE(open_free_spin_lock) {
  pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
  pthread_spin_unlock(&spin);
}
A_CASE(destroy_read_rwlock) {
  pthread_rwlock_rdlock(&rwlock);
  pthread_rwlock_destroy(&rwlock);
}
A_CASE(lock_where_no_memory_is) { pthread_mutex_lock((pthread_mutex_t*)16); }

// A second read lock waits for the writer that waits for the first.
static void* writes(void* unused) {
  pthread_rwlock_wrlock(&writers_first);
  pthread_rwlock_unlock(&writers_first);
  return unused;
}
static void reads_twice(void) {
  pthread_rwlock_rdlock(&writers_first);
  pthread_rwlock_rdlock(&writers_first);
  pthread_rwlock_unlock(&writers_first);
  pthread_rwlock_unlock(&writers_first);
}
A_CASE(read_twice_beside_a_writer_that_comes_first) { beside(writes, reads_twice); }

// A thread's id is good until somebody joins or detaches it.
static pthread_t worker;
static void* does_nothing(void* unused) { return unused; }
static void* detaches_itself(void* unused) {
  pthread_detach(pthread_self());
  return unused;
}
static void* joins_worker(void* unused) {
  pthread_join(worker, NULL);
  return unused;
}
static void joins_worker_too(void) { pthread_join(worker, NULL); }
A_CASE(join_twice) {
  pthread_create(&worker, NULL, does_nothing, NULL);
  pthread_join(worker, NULL);
  pthread_join(worker, NULL);
}
A_CASE(join_what_another_joins) {
  pthread_create(&worker, NULL, does_nothing, NULL);
  beside(joins_worker, joins_worker_too);
}
A_CASE(join_what_detaches_itself) {
  pthread_create(&worker, NULL, detaches_itself, NULL);
  pthread_join(worker, NULL);
}
A_CASE(join_from_elsewhere) {
  pthread_create(&worker, NULL, does_nothing, NULL);
  beside(joins_worker, do_nothing);
}

// Attributes that two threads set and read are memory like any other.
#define SHARED_ATTRIBUTES(kind, set, get, value) \
  static pthread_##kind##_t of_##kind;           \
  static void* sets_##kind(void* unused) {       \
    set(&of_##kind, value);                      \
    return unused;                               \
  }                                              \
  static void gets_##kind(void) {                \
    int got;                                     \
    get(&of_##kind, &got);                       \
  }                                              \
  A_CASE(shared_##kind) {                        \
    pthread_##kind##_init(&of_##kind);           \
    beside(sets_##kind, gets_##kind);            \
    int got = -1;                                \
    get(&of_##kind, &got);                       \
    assert(got == value);                        \
  }
SHARED_ATTRIBUTES(mutexattr, pthread_mutexattr_settype, pthread_mutexattr_gettype,
                  PTHREAD_MUTEX_RECURSIVE)
SHARED_ATTRIBUTES(condattr, pthread_condattr_setclock, pthread_condattr_getclock, CLOCK_MONOTONIC)
SHARED_ATTRIBUTES(rwlockattr, pthread_rwlockattr_setpshared, pthread_rwlockattr_getpshared,
                  PTHREAD_PROCESS_SHARED)
SHARED_ATTRIBUTES(barrierattr, pthread_barrierattr_setpshared, pthread_barrierattr_getpshared,
                  PTHREAD_PROCESS_SHARED)
SHARED_ATTRIBUTES(attr, pthread_attr_setdetachstate, pthread_attr_getdetachstate,
                  PTHREAD_CREATE_DETACHED)

int main(void) {
  looked_at = 1;
  CASE();
  return 0;
}
