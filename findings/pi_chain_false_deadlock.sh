#!/bin/sh
# FUTEX_LOCK_PI fails with EDEADLK where there is no cycle: a straight line of waiters, each holding one lock and waiting for
# the next, is refused once it is longer than 1024.
#
# Boosting walks the chain from a new waiter to its end (rt_mutex_adjust_prio_chain in kernel/locking/rtmutex.c); a walk of
# more than max_lock_depth, 1024, is taken for a cycle. The chain here grows at its tail, where each walk is longest. glibc's
# PTHREAD_PRIO_INHERIT mutex of the normal type answers EDEADLK by sleeping for ever (nptl/pthread_mutex_lock.c).
#
# Documented: the sysctl kernel.max_lock_depth in the source only; futex(2) knows EDEADLK only for a lock that one holds.
# Seen on: Linux 6.18. The kernel notes the depth in its log, once.
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
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { most = 1200 };
static _Atomic uint32_t word[most];
static atomic_int holding = -1, refused = -1, refused_with;

static long lock(int i) { return syscall(SYS_futex, &word[i], FUTEX_LOCK_PI_PRIVATE, 0, NULL); }

// Holds its own lock and waits for the one before, for ever.
static void *link_of_chain(void *index) {
  int own = (int)(intptr_t)index;
  if (lock(own) != 0) exit(2);
  holding = own;
  if (own > 0 && lock(own - 1) != 0) {
    refused_with = errno;
    refused = own;
  }
  for (;;) pause();
}

int main(void) {
  alarm(50);
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 65536);
  for (int i = 0; i < most && refused < 0; i++) {
    pthread_t thread;
    if (pthread_create(&thread, &small, link_of_chain, (void *)(intptr_t)i) != 0) return 2;
    while (holding != i) usleep(50);
    while (i > 0 && !(word[i - 1] & FUTEX_WAITERS) && refused < 0) usleep(50);
  }
  int error = refused_with;
  printf("seen:     after %d waiters in a line: %s\n", (int)refused - 1, error ? strerror(error) : "nothing");
  fflush(stdout);
  _exit(error == EDEADLK ? 0 : 1);
}
END
echo "version:  $(uname -sr), max_lock_depth $(cat /proc/sys/kernel/max_lock_depth)"
echo "expected: no EDEADLK, for the line has an end that waits for nobody"
try cc -O1 -pthread it.c -o it
timeout 60 ./it
