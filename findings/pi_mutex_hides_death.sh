#!/bin/sh
# The kernel tells at once that the owner of a priority-inheritance lock is dead; glibc keeps it to itself: trylock says EBUSY,
# timedlock ETIMEDOUT after the whole time, and pthread_mutex_lock() of a mutex that is not robust sleeps for ever.
#
# FUTEX_LOCK_PI looks the owner up by its thread id to boost it, and answers ESRCH where there is none (attach_to_pi_owner in
# kernel/futex/pi.c). nptl/pthread_mutex_lock.c and pthread_mutex_timedlock.c get that answer, and wait on a word that nobody
# wakes. So the one kind of mutex whose waiters could learn of a death without being robust acts as if they could not.
#
# Documented: futex(2), ESRCH; in POSIX such a lock is simply held; a comment in glibc's source says that it delays.
# Seen on: Linux 6.18 with glibc 2.36.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work"
try() { "$@" || { echo "not tried: $*" >&2; exit 2; }; }

cat > it.c <<'END'
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(void) {
  pthread_mutex_t *mutex = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pthread_mutexattr_t kind;
  pthread_mutexattr_init(&kind);
  pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setprotocol(&kind, PTHREAD_PRIO_INHERIT);
  pthread_mutex_init(mutex, &kind);
  if (fork() == 0) _exit(pthread_mutex_lock(mutex));
  wait(NULL);

  struct timespec deadline;
  clock_gettime(CLOCK_REALTIME, &deadline);
  deadline.tv_sec++;
  int tried = pthread_mutex_trylock(mutex), timed = pthread_mutex_timedlock(mutex, &deadline);
  // The futex word is the mutex's first member.
  int kernel = syscall(SYS_futex, mutex, FUTEX_LOCK_PI, 0, NULL) == 0 ? 0 : errno;
  printf("seen:     the kernel: %s; trylock: %s; timedlock: %s\n", strerror(kernel), strerror(tried), strerror(timed));
  return kernel == ESRCH && tried == EBUSY && timed == ETIMEDOUT ? 0 : 1;
}
END
echo "version:  $(uname -sr), $(getconf GNU_LIBC_VERSION)"
echo "expected: what the kernel knows of the owner's death is handed on"
try cc -O1 -pthread it.c -o it
timeout 60 ./it
