#!/bin/sh
# A named semaphore made with the value 3 by a 32-bit process reads as 6 in a 64-bit one, and one made by a 64-bit process reads
# as 1 in a 32-bit one. sem_open() succeeds every time; both programs run on one kernel with one release of one libc.
#
# Where the processor has 64-bit atomics glibc keeps the value and the number of sleepers in one word, elsewhere the value
# stands shifted left by one beside a flag (struct new_sem in sysdeps/nptl/internaltypes.h; 32 bytes and 16). sem_open() maps
# /dev/shm/sem.NAME as it is. A name, unlike a struct in a shared header, gives no hint that a layout is at stake.
#
# Documented: not in sem_open(3), sem_overview(7) or glibc's manual.
# Seen on: glibc 2.36 (Debian 12: libc6-dev-i386 2.36-9+deb12u14), x86-64.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work"
try() { "$@" || { echo "not tried: $*" >&2; exit 2; }; }
[ "$(uname -m)" = x86_64 ] || { echo "not tried: this is not x86-64"; exit 2; }
name=/sem_open_across_widths.$$
trap 'rm -rf "$work" "/dev/shm/sem.${name#/}"' EXIT
for package in libc6-dev-i386=2.36-9+deb12u14 lib32gcc-12-dev=12.2.0-14+deb12u1; do
  apt-get download "$package" > apt.log 2>&1 || { echo "not tried: the archive does not give $package"; exit 3; }
done
for package in *.deb; do dpkg -x "$package" root; done

cat > it.c <<'END'
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>

// it NAME: prints the value; it NAME make: makes it with the value 3 first.
int main(int argc, char **argv) {
  if (argc < 2) return 2;
  sem_t *semaphore = argc > 2 ? sem_open(argv[1], O_CREAT | O_EXCL, 0600, 3) : sem_open(argv[1], 0);
  int value;
  if (semaphore == SEM_FAILED || sem_getvalue(semaphore, &value) != 0) return 2;
  if (argc == 2) sem_unlink(argv[1]);
  printf("%d\n", value);
  return 0;
}
END
gcc32=root/usr/lib/gcc/x86_64-linux-gnu/12/32
try gcc -O1 it.c -o it64 -pthread
try gcc -m32 -O1 -isystem root/usr/include -isystem /usr/include/x86_64-linux-gnu -B root/usr/lib32 -B "$gcc32" \
  -L root/usr/lib32 -L "$gcc32" it.c -o it32 -static -pthread
echo "version:  $(getconf GNU_LIBC_VERSION), $(uname -srm)"
echo "expected: 3 in both, or an error of sem_open()"
made64=$(try timeout 20 ./it64 "$name" make) in32=$(try timeout 20 ./it32 "$name")
made32=$(try timeout 20 ./it32 "$name" make) in64=$(try timeout 20 ./it64 "$name")
echo "seen:     made by 64 bits: $made64 there, $in32 in 32 bits; made by 32 bits: $made32 there, $in64 in 64 bits"
[ "$made64 $in32 $made32 $in64" = "3 1 3 6" ]
