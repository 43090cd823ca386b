#!/bin/sh
# A recursive mutex shared by two PID namespaces lets both in at once where their threads have the same number, as the first
# process of two containers has; an error-checking one reports a deadlock that is none. A normal one excludes.
#
# "Is it mine already?" is asked by comparing the owner's thread id, as its own namespace numbers it, with one's own
# (nptl/pthread_mutex_lock.c and pthread_mutex_timedlock.c, musl likewise). Two containers with one /dev/shm are enough.
#
# Documented: pid_namespaces(7) says that ids repeat; of PTHREAD_PROCESS_SHARED, POSIX says "any thread that has access".
# Seen on: glibc 2.36, Linux 6.18 with unprivileged user namespaces.
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
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { no_namespace = 99 };
static pthread_mutex_t *mutex;
static int told[2], leave[2];  // pipes: the first is in; the first may go

// Runs the work as the first process of a new PID namespace; its exit status comes with the process returned.
static pid_t contain(int (*work)(void)) {
  pid_t outside = fork();
  if (outside != 0) return outside;
  alarm(20);
  if (unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0) _exit(no_namespace);
  pid_t first = fork();
  if (first == 0) _exit(getpid() == 1 ? work() : no_namespace);
  int status;
  waitpid(first, &status, 0);
  _exit(WEXITSTATUS(status));
}

static int hold(void) {
  char byte = 0;
  int failed = pthread_mutex_lock(mutex);
  if (write(told[1], &byte, 1) != 1 || read(leave[0], &byte, 1) != 1) return 1;
  return failed | pthread_mutex_unlock(mutex);
}

static int enter(void) {
  struct timespec deadline;
  clock_gettime(CLOCK_REALTIME, &deadline);
  deadline.tv_sec++;
  return pthread_mutex_timedlock(mutex, &deadline);
}

// What the second process is told while the first holds a mutex of the kind.
static int second_of(int kind) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_settype(&attributes, kind);
  pthread_mutex_init(mutex, &attributes);
  if (pipe(told) != 0 || pipe(leave) != 0) return no_namespace;
  pid_t first = contain(hold);
  close(told[1]);
  char byte = 0;
  if (read(told[0], &byte, 1) != 1) return no_namespace;
  int status;
  waitpid(contain(enter), &status, 0);
  if (write(leave[1], &byte, 1) != 1) return no_namespace;
  waitpid(first, NULL, 0);
  return WEXITSTATUS(status);
}

int main(void) {
  mutex = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int normal = second_of(PTHREAD_MUTEX_NORMAL), recursive = second_of(PTHREAD_MUTEX_RECURSIVE);
  int checking = second_of(PTHREAD_MUTEX_ERRORCHECK);
  if (normal == no_namespace) {
    puts("not tried: no user and PID namespaces here");
    return 2;
  }
  printf("seen:     normal: %s; recursive: %s; error-checking: %s\n", strerror(normal), strerror(recursive), strerror(checking));
  return normal == ETIMEDOUT && recursive == 0 && checking == EDEADLK ? 0 : 1;
}
END
echo "version:  $(getconf GNU_LIBC_VERSION), $(uname -sr)"
echo "expected: the second process times out at each kind of mutex, for the first one holds it"
try cc -O1 -pthread it.c -o it
timeout 60 ./it
