#!/bin/sh
# A sem_t in shared memory, 32 bytes in glibc and in musl alike, does not work between the two: a sleeper of glibc is not woken by
# a post of musl, and a post of glibc to a sleeper of musl disappears: nobody is woken, and the value is 0 afterwards.
#
# For "shared by processes" glibc stores 128 where musl stores 0 and reads 128 as private: musl's post then wakes within its own
# process only. While musl sleeps its value is -1 (src/thread/sem_timedwait.c of 1.2.3); glibc takes this for a large value in the
# low half of a 64-bit word, adds 1, and carries into its number of sleepers (nptl/sem_post.c). Two containers of unlike
# distributions with one /dev/shm meet so.
#
# Documented: neither libc promises it; POSIX speaks of "processes", and sizes, names and headers agree.
# Seen on: glibc 2.36 and musl 1.2.3 (Debian 12: musl-dev 1.2.3-1), Linux 6.18, x86-64.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work"
try() { "$@" || { echo "not tried: $*" >&2; exit 2; }; }
[ "$(uname -m)" = x86_64 ] || { echo "not tried: this is not x86-64"; exit 2; }
apt-get download musl-dev=1.2.3-1 > apt.log 2>&1 || { echo "not tried: the archive does not give musl-dev=1.2.3-1"; exit 3; }
dpkg -x musl-dev_*.deb root

cat > it.c <<'END'
#define _GNU_SOURCE
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>

// The segment is descriptor 3. init makes the semaphore, wait waits two seconds at most, post posts, value tells.
int main(int argc, char **argv) {
  sem_t *semaphore = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0);
  if (argc < 2 || semaphore == MAP_FAILED) return 2;
  struct timespec deadline;
  int value;
  switch (*argv[1]) {
    case 'i':
      return sem_init(semaphore, 1, 0);
    case 'w':
      clock_gettime(CLOCK_REALTIME, &deadline);
      deadline.tv_sec += 2;
      return sem_timedwait(semaphore, &deadline) == 0 ? 0 : 1;
    case 'p':
      sem_post(semaphore);
      sem_getvalue(semaphore, &value);
      printf("%d", value);
      return 0;
    default:
      return 2;
  }
}
END
library=root/usr/lib/x86_64-linux-musl
try gcc -O1 it.c -o glibc -pthread
try gcc -O1 -nostdinc -isystem root/usr/include/x86_64-linux-musl -isystem "$(gcc -print-file-name=include)" -nostdlib -static \
  $library/crt1.o $library/crti.o it.c $library/libc.a $library/crtn.o -lgcc -o musl
# What becomes of a post by $2 to a sleeper of $1, of a semaphore that glibc has made.
told() {
  dd if=/dev/zero of=segment bs=4096 count=1 2> dd.log
  exec 3<> segment
  ./glibc init
  ./"$1" wait &
  sleeper=$!
  until grep -q ') S' "/proc/$sleeper/stat"; do sleep 0.01; done
  value=$(./"$2" post)
  if wait "$sleeper"; then echo woken; else echo "not woken, value $value after the post"; fi
}
echo "version:  $(getconf GNU_LIBC_VERSION), musl 1.2.3, $(uname -sr)"
echo "expected: a sleeper is woken, whoever posts"
same=$(told glibc glibc) by_musl=$(told glibc musl) by_glibc=$(told musl glibc)
echo "seen:     glibc sleeps, glibc posts: $same"
echo "seen:     glibc sleeps, musl posts: $by_musl"
echo "seen:     musl sleeps, glibc posts: $by_glibc"
[ "$same" = woken ] && [ "$by_musl" = "not woken, value 1 after the post" ] &&
  [ "$by_glibc" = "not woken, value 0 after the post" ]
