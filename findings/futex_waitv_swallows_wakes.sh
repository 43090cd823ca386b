#!/bin/sh
# One sleeper in futex_waitv() takes a wake-up from each of its words: FUTEX_WAKE_OP on two words reports two woken where there
# is one sleeper, and the sleeper is told of one word only, and of the last in its array rather than of the first.
#
# The kernel counts queue entries, of which a futex_waitv() has one for each word until it runs and takes the rest out; what was
# woken meanwhile is lost for the next who sleeps on that word (futex_unqueue_multiple in kernel/futex/waitwake.c keeps the last
# index). Under FUTEX_WAIT the results of wake-ups add up to the number of sleepers: who hands out one item for each wake-up
# reported hands out too many here. FUTEX_WAKE_OP wakes both under both locks, so no timing is needed to see it.
#
# Documented: the kernel's futex2.rst leaves open which of the woken is told; of what a waker is told, nothing, nor in futex(2).
# Seen on: Linux 6.18.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work"
try() { "$@" || { echo "not tried: $*" >&2; exit 2; }; }

cat > it.c <<'END'
#define _GNU_SOURCE
#include <linux/futex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { failed = 99 };
static uint32_t *word;

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

static int index_told(void) {
  struct futex_waitv waiters[2] = {{0, (uintptr_t)&word[0], FUTEX_32, 0}, {0, (uintptr_t)&word[1], FUTEX_32, 0}};
  long told = syscall(SYS_futex_waitv, waiters, 2, 0, NULL, CLOCK_MONOTONIC);
  return told >= 0 ? (int)told : failed;
}

int main(void) {
  word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pid_t sleeper = fork();
  if (sleeper == 0) {
    alarm(20);
    _exit(index_told());
  }
  wait_for_state(sleeper, "S");
  long woken = syscall(SYS_futex, &word[0], FUTEX_WAKE_OP, 1, 1L, &word[1], FUTEX_OP(FUTEX_OP_ADD, 0, FUTEX_OP_CMP_EQ, 0));
  int status;
  waitpid(sleeper, &status, 0);
  printf("seen:     1 sleeper, %ld reported woken, told index %d\n", woken, WEXITSTATUS(status));
  return woken == 2 && WEXITSTATUS(status) == 1 ? 0 : 1;
}
END
echo "version:  $(uname -sr)"
echo "expected: 1 reported woken, told index 0"
try cc -O1 it.c -o it
timeout 60 ./it
