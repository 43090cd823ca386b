#!/bin/sh
# Who waits for zero on a System V semaphore sleeps on when one semop() of another takes the value from 1 to 0 and back to 1,
# and is woken by the same two operations in two calls, and by semctl(SETVAL) to 0 and then to 1.
#
# An array of operations is atomic, so the zero within it was never a value. Two calls leave a zero only for a moment, too, but
# the kernel completes a sleeper's operation itself, in the waker's call (do_smart_update and do_smart_wakeup_zero in
# ipc/sem.c): the sleeper gets a zero that is gone when it runs. A wait for zero is a wait for a zero at the end of some call.
#
# Documented: semop(2) says "until semval becomes 0", and calls the array atomic; that the waker completes the sleeper, nowhere.
# Seen on: Linux 6.18.
set -eu
work=$(mktemp -d)
set_id=$(ipcmk -S 1 -p 600 | tr -dc 0-9)
trap 'ipcrm -s "$set_id"; rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work"
try() { "$@" || { echo "not tried: $*" >&2; exit 2; }; }

cat > it.c <<'END'
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int set;
static void in_one_call(void) { semop(set, (struct sembuf[]){{0, -1, 0}, {0, 1, 0}}, 2); }
static void in_two_calls(void) {
  semop(set, &(struct sembuf){0, -1, 0}, 1);
  semop(set, &(struct sembuf){0, 1, 0}, 1);
}
static void by_setval(void) {
  semctl(set, 0, SETVAL, 0);
  semctl(set, 0, SETVAL, 1);
}

// Whether a process that waits for zero is woken by a value that goes from 1 to 0 and back to 1.
static int wakes(void (*through_zero)(void)) {
  semctl(set, 0, SETVAL, 1);
  pid_t sleeper = fork();
  if (sleeper == 0) _exit(semtimedop(set, &(struct sembuf){0, 0, 0}, 1, &(struct timespec){1, 0}) != 0);
  while (semctl(set, 0, GETZCNT) != 1) usleep(1000);
  through_zero();
  int status;
  waitpid(sleeper, &status, 0);
  return WEXITSTATUS(status) == 0;
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  set = atoi(argv[1]);
  int one = wakes(in_one_call), two = wakes(in_two_calls), setval = wakes(by_setval);
  printf("seen:     woken by one call %d, by two calls %d, by SETVAL twice %d\n", one, two, setval);
  return !one && two && setval ? 0 : 1;
}
END
echo "version:  $(uname -sr)"
echo "expected: all three alike, since each ends at 1 before the sleeper can run"
try cc -O1 it.c -o it
timeout 60 ./it "$set_id"
