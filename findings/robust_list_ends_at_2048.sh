#!/bin/sh
# Of 3000 robust mutexes that a process holds when it dies, the 2048 locked last give EOWNERDEAD; the 952 older ones stay locked
# for ever, as if they were not robust.
#
# The kernel walks the list that glibc keeps in the thread's memory, newest first, and gives up after ROBUST_LIST_LIMIT
# entries, so that a circular list cannot hold it (exit_robust_list in kernel/futex/core.c). The limit counts for each thread.
# Nothing fails when the 2049th is locked.
#
# Documented: in include/uapi/linux/futex.h only; not in pthread_mutexattr_setrobust(3), get_robust_list(2) or POSIX.
# Seen on: Linux 6.18 with glibc 2.36.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work"
try() { "$@" || { echo "not tried: $*" >&2; exit 2; }; }

cat > it.c <<'END'
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { count = 3000 };

int main(void) {
  pthread_mutex_t *mutex = mmap(NULL, count * sizeof *mutex, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pthread_mutexattr_t kind;
  pthread_mutexattr_init(&kind);
  pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
  for (int i = 0; i < count; i++) pthread_mutex_init(&mutex[i], &kind);
  if (fork() == 0) {
    int failed = 0;
    for (int i = 0; i < count; i++) failed |= pthread_mutex_lock(&mutex[i]);
    _exit(failed);
  }
  int status;
  wait(&status);
  int told = 0, stuck = 0, last_stuck = -1;
  for (int i = 0; i < count; i++) {
    int result = pthread_mutex_trylock(&mutex[i]);
    if (result == EOWNERDEAD) told++;
    if (result == EBUSY) stuck++, last_stuck = i;
  }
  printf("seen:     %d give EOWNERDEAD, %d are locked for ever, the last of them the %dth locked\n", told, stuck, last_stuck + 1);
  return status == 0 && told == 2048 && stuck == count - 2048 && last_stuck == stuck - 1 ? 0 : 1;
}
END
echo "version:  $(uname -sr), $(getconf GNU_LIBC_VERSION)"
echo "expected: 3000 give EOWNERDEAD"
try cc -O1 -pthread it.c -o it
timeout 60 ./it
