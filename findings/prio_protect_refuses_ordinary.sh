#!/bin/sh
# A priority-ceiling mutex (PTHREAD_PRIO_PROTECT) can be made by an ordinary thread but not locked by it: pthread_mutex_lock()
# fails with EINVAL, for root as well, in a program that never looked at a priority.
#
# To raise the owner to the ceiling glibc sets the thread's priority under its present policy (__pthread_tpp_change_priority
# in nptl/tpp.c), and the kernel knows no priority but 0 under SCHED_OTHER. POSIX has EINVAL for the opposite case, a caller
# above the ceiling, and raises one below it. Who ignores the result of pthread_mutex_lock() runs without mutual exclusion.
#
# Documented: POSIX, pthread_mutex_lock, EINVAL, for the opposite; not in glibc's manual.
# Seen on: glibc 2.36, Linux 6.18.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work"
try() { "$@" || { echo "not tried: $*" >&2; exit 2; }; }

cat > it.c <<'END'
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  if (sched_getscheduler(0) != SCHED_OTHER) return 2;
  pthread_mutexattr_t kind;
  pthread_mutexattr_init(&kind);
  int protocol = pthread_mutexattr_setprotocol(&kind, PTHREAD_PRIO_PROTECT);
  int ceiling = pthread_mutexattr_setprioceiling(&kind, sched_get_priority_min(SCHED_FIFO));
  pthread_mutex_t mutex;
  int init = pthread_mutex_init(&mutex, &kind), lock = pthread_mutex_lock(&mutex);
  printf("seen:     setprotocol %d, setprioceiling %d, init %d, lock: %s\n", protocol, ceiling, init, strerror(lock));
  return protocol == 0 && ceiling == 0 && init == 0 && lock == EINVAL ? 0 : 1;
}
END
echo "version:  $(getconf GNU_LIBC_VERSION), $(uname -sr)"
echo "expected: the lock is taken and its owner raised, or EPERM for want of the right to be raised"
try cc -O1 -pthread it.c -o it
timeout 60 ./it
