#!/bin/sh
# apr_proc_mutex_lock() of APR returns success after a holder's death for fcntl, flock, System V and pthread locks alike, and the
# new owner cannot learn that what the lock guards was left half done; a POSIX semaphore's waiter sleeps for ever.
#
# The pthread mechanism is a robust mutex, whose EOWNERDEAD is the very news: the acquiring function of that mechanism in
# locks/unix/proc_mutex.c calls pthread_mutex_consistent() and returns APR_SUCCESS. System V's undo and the kernel's release of
# file locks carry no news at all. apr_errno.h has no status for it.
#
# Documented: not in apr_proc_mutex.h.
# Seen on: APR 1.7.2 (Debian 12: libapr1 1.7.2-3+deb12u1) with glibc 2.36.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work"
try() { "$@" || { echo "not tried: $*" >&2; exit 2; }; }
for package in libapr1 libapr1-dev; do
  apt-get download "$package=1.7.2-3+deb12u1" > apt.log 2>&1 ||
    { echo "not tried: the archive does not give $package 1.7.2-3+deb12u1"; exit 3; }
done
for package in *.deb; do dpkg -x "$package" root; done

cat > it.c <<'END'
#include <apr_general.h>
#include <apr_proc_mutex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { asleep = -1 };

// Waits until the process is in one of these states of proc_pid_stat(5); S is asleep in the call that it was made for.
static char wait_for_state(pid_t process, const char *states) {
  char path[40], state;
  snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
  for (int i = 0; i < 10000; i++, usleep(1000)) {
    FILE *stat = fopen(path, "r");
    int found = fscanf(stat, "%*d (%*[^)]) %c", &state);
    fclose(stat);
    if (found == 1 && strchr(states, state)) return state;
  }
  exit(2);
}

// What a process is told that locks after the holder has died.
static int told_after_death(apr_proc_mutex_t *mutex) {
  if (fork() == 0) _exit(apr_proc_mutex_lock(mutex) != APR_SUCCESS);
  wait(NULL);
  pid_t next = fork();
  if (next == 0) {
    alarm(20);
    _exit(apr_proc_mutex_lock(mutex));
  }
  int status, result = wait_for_state(next, "SZ") == 'S' ? asleep : 0;
  if (result == asleep) kill(next, SIGKILL);
  waitpid(next, &status, 0);
  return result == asleep ? asleep : WEXITSTATUS(status);
}

int main(void) {
  apr_pool_t *pool;
  if (apr_initialize() != APR_SUCCESS || apr_pool_create(&pool, NULL) != APR_SUCCESS) return 2;
  struct { apr_lockmech_e mechanism; int told; } all[] = {{APR_LOCK_FCNTL, APR_SUCCESS}, {APR_LOCK_FLOCK, APR_SUCCESS},
      {APR_LOCK_SYSVSEM, APR_SUCCESS}, {APR_LOCK_PROC_PTHREAD, APR_SUCCESS}, {APR_LOCK_POSIXSEM, asleep}};
  int as_described = 1;
  for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
    apr_proc_mutex_t *mutex;
    if (apr_proc_mutex_create(&mutex, "lock", all[i].mechanism, pool) != APR_SUCCESS) return 2;
    int told = told_after_death(mutex);
    printf("seen:     %s: %s\n", apr_proc_mutex_name(mutex),
           told == asleep ? "sleeps" : told == APR_SUCCESS ? "success" : "told");
    as_described &= told == all[i].told;
    apr_proc_mutex_destroy(mutex);
  }
  apr_terminate();
  return as_described ? 0 : 1;
}
END
echo "version:  APR 1.7.2, $(getconf GNU_LIBC_VERSION), $(uname -sr)"
echo "expected: a status of its own after a holder's death, at least from the robust pthread mutex"
try cc -O1 -D_GNU_SOURCE -I root/usr/include/apr-1.0 it.c -o it -L root/usr/lib/x86_64-linux-gnu \
  -l:libapr-1.so.0 -Wl,--allow-shlib-undefined
LD_LIBRARY_PATH=root/usr/lib/x86_64-linux-gnu timeout 60 ./it
