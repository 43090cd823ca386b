#!/bin/sh
# A semop() whose second operation carries IPC_NOWAIT may sleep, for as long as the first one makes it, and then fail with
# EAGAIN; and a call that is to try nothing but at once needs the flag on each of its operations.
#
# The flag counts for the operation that cannot proceed, not for the call, though the call is atomic: perform_atomic_semop() in
# ipc/sem.c looks at the flag of the one operation at which it stops. When the sleep ends it tries anew from the first.
#
# Documented: sem_flg stands in the operation in semop(2) and POSIX; a sleep that ends in EAGAIN is spelled out in neither.
# Seen on: Linux 6.18.
set -eu
work=$(mktemp -d)
set_id=$(ipcmk -S 2 -p 600 | tr -dc 0-9)
trap 'ipcrm -s "$set_id"; rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work"
try() { "$@" || { echo "not tried: $*" >&2; exit 2; }; }

cat > it.c <<'END'
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  int set = atoi(argv[1]);  // both semaphores are 0
  pid_t taker = fork();
  if (taker == 0) {
    alarm(20);
    struct sembuf both[] = {{0, -1, 0}, {1, -1, IPC_NOWAIT}};
    _exit(semop(set, both, 2) == 0 ? 0 : errno);
  }
  int slept = 0;
  for (int i = 0; i < 5000 && !slept; i++, usleep(1000)) slept = semctl(set, 0, GETNCNT) == 1;
  struct sembuf give_first = {0, 1, 0};
  semop(set, &give_first, 1);
  int status;
  waitpid(taker, &status, 0);
  int again = WIFEXITED(status) && WEXITSTATUS(status) == EAGAIN, left = semctl(set, 0, GETVAL);
  printf("seen:     slept %d, then EAGAIN %d, the first semaphore is left at %d\n", slept, again, left);
  return slept && again && left == 1 ? 0 : 1;
}
END
echo "version:  $(uname -sr)"
echo "expected: either no sleep (IPC_NOWAIT), or a sleep until both can be taken"
try cc -O1 it.c -o it
timeout 60 ./it "$set_id"
