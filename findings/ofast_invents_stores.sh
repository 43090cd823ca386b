#!/bin/sh
# gcc -Ofast, which is taken for an option about floating point, lets the compiler write to memory that the program never
# writes: one thread that only looks undoes the locked additions of another.
#
# -Ofast turns on -fallow-store-data-races. Loop store motion (gcc/tree-ssa-loop-im.cc, execute_sm) may then keep `total` in a
# register for the whole loop and store it at the end even where no iteration added anything; with -O3 it guards that store by
# a flag. C11 5.1.2.4 and C++11 1.10 forbid the invented store. There is no floating point in this program.
#
# Documented: one clause under -Ofast in GCC's manual ("Optimize Options").
# Seen on: GCC 12.2.0 (Debian 12).
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work"
try() { "$@" || { echo "not tried: $*" >&2; exit 2; }; }

cat > it.c <<'END'
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum { rounds = 10000000, size = 4096 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long total;
static int nothing[size];  // all zero: who sums it up never writes total
static atomic_int looking, done;

__attribute__((noinline)) static void add_all(const int *values) {
  for (int i = 0; i < size; i++)
    if (values[i] != 0) total += values[i];
}

static void *look(void *unused) {
  for (looking = 1; !done;) add_all(nothing);
  return unused;
}

int main(void) {
  pthread_t looker;
  pthread_create(&looker, NULL, look, NULL);
  while (!looking) {}
  for (int i = 0; i < rounds; i++) {
    pthread_mutex_lock(&lock);
    total++;
    pthread_mutex_unlock(&lock);
  }
  done = 1;
  pthread_join(looker, NULL);
  printf("%ld\n", total);
  return 0;
}
END
echo "version:  $(gcc --version | head -n 1)"
echo "expected: 10000000 additions, for the second thread writes nothing"
for option in -O3 -Ofast; do
  try gcc $option -pthread it.c -o it
  count=$(timeout 60 ./it)
  echo "seen:     $count with gcc $option"
  case $option in -O3) [ "$count" -eq 10000000 ] ;; *) [ "$count" -lt 10000000 ] ;; esac
done
