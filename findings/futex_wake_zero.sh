#!/bin/sh
# futex(FUTEX_WAKE) asked to wake 0 sleepers wakes one, and so it does when asked to wake -1; futex_wake(2), the newer call for
# the same queue, asked to wake 0 wakes none.
#
# futex_wake() in kernel/futex/waitwake.c wakes first and compares the count then (`++ret >= nr_wake`, signed). The newer calls
# and io_uring's pass FLAGS_STRICT, which makes 0 mean 0; the old behaviour was kept for who relies on it. A wrapper that moves
# from one call to the other with a computed count that may be 0 changes its meaning.
#
# Documented: futex(2) says "at most val of the waiters"; futex_wake's strictness in a comment of the source only.
# Seen on: Linux 6.18.
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
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { sleepers = 3, futex_wake_call = 454, size_u32 = 2 };  // include/uapi/linux/futex.h, FUTEX2_SIZE_U32
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

static long wake(int count) { return syscall(SYS_futex, word, FUTEX_WAKE, count); }
static long wake_strictly(int count) { return syscall(futex_wake_call, word, 0xffffffffUL, count, size_u32); }

int main(void) {
  word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < sleepers; i++) {
    pid_t sleeper = fork();
    if (sleeper == 0) {
      alarm(20);
      syscall(SYS_futex, word, FUTEX_WAIT, 0, NULL);
      _exit(0);
    }
    wait_for_state(sleeper, "S");
  }
  long strict_zero = wake_strictly(0), strict_errno = errno;
  long zero = wake(0), negative = wake(-1), left = wake(sleepers);
  while (wait(NULL) > 0) {}
  if (strict_zero < 0 && strict_errno == ENOSYS) {
    puts("not tried: this kernel has no futex_wake(2), which came with Linux 6.7");
    return 2;
  }
  printf("seen:     %ld by FUTEX_WAKE of 0, %ld by FUTEX_WAKE of -1, %ld by futex_wake of 0\n", zero, negative, strict_zero);
  return zero == 1 && negative == 1 && strict_zero == 0 && left == 1 ? 0 : 1;
}
END
echo "version:  $(uname -sr)"
echo "expected: to wake 0 wakes nobody, to wake -1 is an error or everybody, by both calls"
try cc -O1 it.c -o it
timeout 60 ./it
