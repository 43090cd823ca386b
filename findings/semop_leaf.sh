#!/bin/sh
# A System V semaphore used as a lock between threads does not protect a file-scope static under gcc -O2.
#
# glibc declares semop() and semtimedop() in <sys/sem.h> with __THROW, which in C is __attribute__((nothrow, leaf)). A leaf
# function comes back into its translation unit only by returning, so GCC's interprocedural reference analysis
# (ipa_reference_get_written_global in gcc/ipa-reference.cc) concludes that no call of it changes a static whose address does
# not escape: it keeps the counter in a register across the lock and the unlock. What pthread and POSIX semaphore functions
# carry is __THROWNL, without leaf, for this very reason; <sys/sem.h> was left out. C++ is spared (there __THROW is noexcept).
#
# Documented: leaf in GCC's manual ("Common Function Attributes"), __THROWNL in a comment of <sys/cdefs.h>; in semop(2) not.
# Seen on: GCC 12.2.0 with glibc 2.36 (Debian 12).
set -eu
work=$(mktemp -d)
set_id=$(ipcmk -S 1 -p 600 | tr -dc 0-9)
trap 'ipcrm -s "$set_id"; rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work"
try() { "$@" || { echo "not tried: $*" >&2; exit 2; }; }

cat > it.c <<'END'
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sem.h>

enum { rounds = 100000 };
static int set;
static long counter;

static void *work(void *unused) {
  struct sembuf down = {0, -1, 0}, up = {0, 1, 0};
  for (int i = 0; i < rounds; i++) {
    semop(set, &down, 1);
    counter++;
    semop(set, &up, 1);
  }
  return unused;
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  set = atoi(argv[1]);
  if (semctl(set, 0, SETVAL, 1)) return 2;
  pthread_t one, two;
  pthread_create(&one, NULL, work, NULL);
  pthread_create(&two, NULL, work, NULL);
  pthread_join(one, NULL);
  pthread_join(two, NULL);
  printf("%ld\n", counter);
  return 0;
}
END
echo "version:  $(gcc --version | head -n 1), $(getconf GNU_LIBC_VERSION), $(uname -sr)"
echo "expected: 200000 additions under the lock, whatever the optimisation"
for options in "-O0" "-O2" "-O2 -fno-ipa-reference"; do
  # shellcheck disable=SC2086  # the options are words
  try gcc $options -pthread it.c -o it
  count=$(timeout 60 ./it "$set_id")
  echo "seen:     $count with gcc $options"
  case $options in -O2) [ "$count" -lt 200000 ] ;; *) [ "$count" -eq 200000 ] ;; esac
done
