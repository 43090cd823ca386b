#!/bin/sh
# FUTEX_REQUEUE returns how many sleepers it woke and moved together; its manual page says how many it woke. One woken and three
# moved are told as 4.
#
# Both FUTEX_REQUEUE and FUTEX_CMP_REQUEUE end in futex_requeue() in kernel/futex/requeue.c, which returns task_count, the sum.
# Of the second, the page says so.
#
# Documented: futex(2), "RETURN VALUE", otherwise (man-pages 6.03).
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
#include <unistd.h>

enum { sleepers = 5, to_wake = 1, to_move = 3 };

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

int main(void) {
  uint32_t *from = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), *to = from + 1;
  for (int i = 0; i < sleepers; i++) {
    pid_t sleeper = fork();
    if (sleeper == 0) {
      alarm(20);
      syscall(SYS_futex, from, FUTEX_WAIT, 0, NULL);
      _exit(0);
    }
    wait_for_state(sleeper, "S");
  }
  long told = syscall(SYS_futex, from, FUTEX_REQUEUE, to_wake, (long)to_move, to, 0);
  long moved = syscall(SYS_futex, to, FUTEX_WAKE, sleepers), stayed = syscall(SYS_futex, from, FUTEX_WAKE, sleepers);
  long woken = sleepers - moved - stayed;
  while (wait(NULL) > 0) {}
  printf("seen:     FUTEX_REQUEUE returns %ld; it woke %ld, moved %ld\n", told, woken, moved);
  return told == to_wake + to_move && woken == to_wake && moved == to_move ? 0 : 1;
}
END
echo "version:  $(uname -sr)"
echo "expected: FUTEX_REQUEUE returns 1, the number of sleepers that it woke"
try cc -O1 it.c -o it
timeout 60 ./it
