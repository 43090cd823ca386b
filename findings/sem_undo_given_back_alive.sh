#!/bin/sh
# A lock taken by semop() with SEM_UNDO is given back while its holder lives and goes on in the belief that it holds it: at
# unshare(CLONE_SYSVSEM), which unshare(CLONE_NEWIPC) includes.
#
# The kernel treats the unsharing of the list of undos as an exit from it (ksys_unshare in kernel/fork.c calls exit_sem), and
# who is the last to leave the list applies it. So a lock held across "give me a private IPC namespace", as sandboxes ask, is
# free, and its regular release brings the semaphore to 2: from then on two are let in.
#
# Documented: unshare(2), CLONE_SYSVSEM, in its last sentence; semop(2) says "when the process terminates".
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
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sem.h>

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  int set = atoi(argv[1]);
  semctl(set, 0, SETVAL, 1);
  struct sembuf lock = {0, -1, SEM_UNDO}, unlock = {0, 1, SEM_UNDO};
  semop(set, &lock, 1);
  int held = semctl(set, 0, GETVAL);
  if (unshare(CLONE_SYSVSEM) != 0) return 2;
  int after = semctl(set, 0, GETVAL);
  semop(set, &unlock, 1);
  int released = semctl(set, 0, GETVAL);
  printf("seen:     %d while held, %d after unshare(CLONE_SYSVSEM), %d after the holder's unlock\n", held, after, released);
  return held == 0 && after == 1 && released == 2 ? 0 : 1;
}
END
echo "version:  $(uname -sr)"
echo "expected: 0, 0, 1: an undo waits for the end of its process"
try cc -O1 it.c -o it
timeout 60 ./it "$set_id"
