// What the kernel and glibc answer to arguments at or beyond their borders. Runs natively and
// explored: both must come to its end (Linux 6, glibc 2.36).
#undef NDEBUG
#define _GNU_SOURCE
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FAILS(call, error) (errno = 0, assert((call) == -1), assert(errno == (error)))

static unsigned word;
static int looked_at;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static const struct timespec none = {0, 0}, before_its_start = {-1, 0},
                             no_time = {2000000000, 1000000000}, negative = {0, -1};

static long futex(int operation, unsigned value, const struct timespec* time, unsigned set) {
  return syscall(SYS_futex, &word, operation, value, time, NULL, set);
}

static void futexes(void) {
  FAILS(futex(FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 0, &none, 0), ENOSYS);
  FAILS(futex(FUTEX_WAIT | FUTEX_CLOCK_REALTIME | FUTEX_PRIVATE_FLAG, 1, NULL, 0), ENOSYS);
  FAILS(futex(FUTEX_WAIT, 1, &negative, 0), EINVAL);
  FAILS(futex(FUTEX_WAIT, 0, &before_its_start, 0), EINVAL);
  FAILS(futex(FUTEX_WAIT, 0, &none, 0), ETIMEDOUT);
  FAILS(futex(FUTEX_WAIT, 1, &none, 0), EAGAIN);
  FAILS(futex(FUTEX_WAIT_BITSET, 0, &none, 0), EINVAL);
  FAILS(futex(FUTEX_WAIT_BITSET, 0, &before_its_start, 1), EINVAL);
  FAILS(futex(FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &none, 1), ETIMEDOUT);
  FAILS(futex(FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 1, NULL, 0), ENOSYS);
  FAILS(futex(FUTEX_WAKE_BITSET, 1, NULL, 0), EINVAL);
  FAILS(futex(99, 1, NULL, 0), ENOSYS);
  FAILS(syscall(SYS_futex, (char*)&word + 1, FUTEX_WAIT, 0, NULL, NULL, 0), EINVAL);
  FAILS(syscall(SYS_futex, (char*)&word + 1, FUTEX_WAKE, 0, NULL, NULL, 0), EINVAL);
  FAILS(syscall(SYS_futex, NULL, FUTEX_WAIT, 0, NULL, NULL, 0), EFAULT);
  FAILS(syscall(SYS_futex, NULL, FUTEX_WAKE, 1, NULL, NULL, 0), EFAULT);
  assert(futex(FUTEX_WAKE, 0, NULL, 0) == 0);
}

static void locks(void) {
  assert(pthread_mutex_timedlock(&mutex, &no_time) == 0);
  assert(pthread_mutex_timedlock(&mutex, &no_time) == EINVAL);
  assert(pthread_mutex_timedlock(&mutex, &negative) == EINVAL);
  assert(pthread_mutex_timedlock(&mutex, &before_its_start) == ETIMEDOUT);
  assert(pthread_cond_timedwait(&condition, &mutex, &no_time) == EINVAL);
  assert(pthread_cond_timedwait(&condition, &mutex, &before_its_start) == ETIMEDOUT);
  assert(pthread_mutex_trylock(&mutex) == EBUSY);
  assert(pthread_mutex_clocklock(&mutex, 99, &before_its_start) == EINVAL);
  assert(pthread_cond_clockwait(&condition, &mutex, 99, &before_its_start) == EINVAL);
  pthread_mutex_unlock(&mutex);
  assert(pthread_rwlock_timedrdlock(&rwlock, &no_time) == EINVAL);
  assert(pthread_rwlock_timedwrlock(&rwlock, &negative) == EINVAL);
  assert(pthread_rwlock_clockwrlock(&rwlock, 99, &before_its_start) == EINVAL);
  assert(pthread_rwlock_tryrdlock(&rwlock) == 0);
  assert(pthread_rwlock_timedwrlock(&rwlock, &before_its_start) == ETIMEDOUT);
  pthread_rwlock_unlock(&rwlock);
}

static void semaphores(void) {
  sem_t semaphore;
  FAILS(sem_init(&semaphore, 0, (unsigned)SEM_VALUE_MAX + 1), EINVAL);
  sem_init(&semaphore, 0, 1);
  FAILS(sem_timedwait(&semaphore, &no_time), EINVAL);
  FAILS(sem_clockwait(&semaphore, 99, &before_its_start), EINVAL);
  assert(sem_timedwait(&semaphore, &before_its_start) == 0);
  FAILS(sem_timedwait(&semaphore, &before_its_start), ETIMEDOUT);
  pthread_barrier_t barrier;
  assert(pthread_barrier_init(&barrier, NULL, 0) == EINVAL);
  assert(pthread_barrier_init(&barrier, NULL, INT_MAX) == EINVAL);
}

static void sets(void) {
  struct sembuf operations[501];
  for (int i = 0; i < 501; ++i)
    operations[i] = (struct sembuf){.sem_num = 0, .sem_op = 0, .sem_flg = IPC_NOWAIT};
  FAILS(semget(IPC_PRIVATE, 32001, 0600), EINVAL);
  FAILS(semget(IPC_PRIVATE, -1, 0600), EINVAL);
  FAILS(semctl(-1, 0, SETVAL, 40000), EINVAL);
  FAILS(semctl(INT_MAX, 0, SETVAL, 40000), ERANGE);
  FAILS(semop(INT_MAX, operations, 501), E2BIG);
  FAILS(semop(INT_MAX, operations, 0), EINVAL);
  const int set = semget(IPC_PRIVATE, 1, 0600);
  struct semid_ds state;
  assert(semctl(set, 0, IPC_STAT, &state) == 0);
  const int is_new = state.sem_nsems == 1 && state.sem_otime == 0;
  const int now_zero = semop(set, operations, 1);
  const int no_time_ever = semtimedop(set, operations, 1, &negative) == -1 && errno == EINVAL;
  const int no_memory = semop(set, NULL, 1) == -1 && errno == EFAULT;
  assert(semctl(set, 0, IPC_STAT, &state) == 0);
  const int is_used = state.sem_otime != 0;
  semctl(set, 0, IPC_RMID);  // before an assertion may end the process
  assert(is_new && now_zero == 0 && no_time_ever && no_memory && is_used);
  FAILS(semop(set, operations, 1), EINVAL);
  FAILS(semctl(set, 0, SETVAL, 40000), ERANGE);
}

int main(void) {
  looked_at = 1;
  futexes();
  locks();
  semaphores();
  sets();
  return 0;
}
