#!/bin/sh
# A pipe of 65536 bytes takes 32 messages of 2048 bytes, and 16 of 2049: it is full at 32784 bytes, half of its size, though each
# message is small enough to be written atomically.
#
# A pipe has 16 slots of a page. pipe_write() in fs/pipe.c adds to the last page only where the message fits into it as a
# whole, and takes a new slot otherwise; every size just above a half, a third, a quarter of a page wastes the rest. One byte
# still goes in, for it fits: so poll() says that the pipe is full while a smaller write would succeed.
#
# Documented: pipe(7) and F_GETPIPE_SZ in fcntl(2) give the capacity in bytes, 65536.
# Seen on: Linux 6.18, pages of 4096 bytes.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work"
try() { "$@" || { echo "not tried: $*" >&2; exit 2; }; }

cat > it.c <<'END'
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

// How many messages of so many bytes an empty pipe takes, and whether one byte still goes in where poll() says that it is full.
static int messages(size_t size, int *byte_goes_in) {
  static char message[4096];
  int ends[2], taken = 0;
  if (pipe2(ends, O_NONBLOCK) != 0 || fcntl(ends[1], F_GETPIPE_SZ) != 65536) return -1;
  while (write(ends[1], message, size) == (ssize_t)size) taken++;
  struct pollfd writable = {ends[1], POLLOUT, 0};
  *byte_goes_in = poll(&writable, 1, 0) == 0 && write(ends[1], message, 1) == 1;
  close(ends[0]);
  close(ends[1]);
  return taken;
}

int main(void) {
  if (sysconf(_SC_PAGESIZE) != 4096) return 2;
  int after_half, after_more;
  int half = messages(2048, &after_half), more = messages(2049, &after_more);
  printf("seen:     %d of 2048 bytes, %d of 2049 (%d bytes); then poll says full, and one byte %s\n", half, more, more * 2049,
         after_more ? "goes in" : "does not go in");
  return half == 32 && more == 16 && after_more && !after_half ? 0 : 1;
}
END
echo "version:  $(uname -sr), page $(getconf PAGESIZE)"
echo "expected: 31 messages of 2049 bytes, 63519 of 65536 bytes"
try cc -O1 it.c -o it
timeout 60 ./it
