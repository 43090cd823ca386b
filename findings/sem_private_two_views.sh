#!/bin/sh
# One process, two views of one page: sem_post() through one view does not wake the thread that waits through the other, unless
# the semaphore was initialised for several processes, although there is one process. The value is there; the sleeper sleeps.
#
# With pshared 0 glibc asks for a private futex, which the kernel files under the virtual address (get_futex_key in
# kernel/futex/core.c), and the two views have two. Mirrored ring buffers, and libraries that map a segment a second time for
# themselves, meet this; the same holds for mutexes, conditions and barriers of the default kind, and for their C++ wrappers.
#
# Documented: futex(2), FUTEX_PRIVATE_FLAG; sem_init(3) and POSIX: pshared 0 is for the threads of one process.
# Seen on: glibc 2.36, Linux 6.18.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work"
try() { "$@" || { echo "not tried: $*" >&2; exit 2; }; }

cat > it.c <<'END'
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static sem_t *one_view, *other_view;

// Waits until the thread is in one of these states of proc_pid_stat(5); S is asleep in the call that it was made for.
static char wait_for_state(pid_t thread, const char *states) {
  char path[40], state;
  snprintf(path, sizeof path, "/proc/%d/stat", (int)thread);
  for (int i = 0; i < 10000; i++, usleep(1000)) {
    FILE *stat = fopen(path, "r");
    int found = fscanf(stat, "%*d (%*[^)]) %c", &state);
    fclose(stat);
    if (found == 1 && strchr(states, state)) return state;
  }
  exit(2);
}

static _Atomic pid_t waiting;

static void *wait_in_other_view(void *woken) {
  struct timespec deadline;
  clock_gettime(CLOCK_REALTIME, &deadline);
  deadline.tv_sec += 2;
  waiting = gettid();
  *(int *)woken = sem_timedwait(other_view, &deadline) == 0;
  return NULL;
}

// Whether a post through one view ends the wait through the other; *left is the value afterwards.
static int wakes(int pshared, int *left) {
  sem_init(one_view, pshared, 0);
  int woken;
  waiting = 0;
  pthread_t waiter;
  pthread_create(&waiter, NULL, wait_in_other_view, &woken);
  while (waiting == 0) usleep(1000);
  wait_for_state(waiting, "S");
  sem_post(one_view);
  pthread_join(waiter, NULL);
  sem_getvalue(one_view, left);
  return woken;
}

int main(void) {
  int memory = memfd_create("page", 0);
  if (ftruncate(memory, 4096) != 0) return 2;
  one_view = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
  other_view = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
  int left_private, left_shared;
  int woken_private = wakes(0, &left_private), woken_shared = wakes(1, &left_shared);
  printf("seen:     pshared 0: woken %d, value %d; pshared 1: woken %d, value %d\n", woken_private, left_private, woken_shared,
         left_shared);
  return !woken_private && left_private == 1 && woken_shared && left_shared == 0 ? 0 : 1;
}
END
echo "version:  $(getconf GNU_LIBC_VERSION), $(uname -sr)"
echo "expected: both wake, for poster and waiter are threads of one process"
try cc -O1 -pthread it.c -o it
timeout 60 ./it
