#!/bin/sh
# shm_nattch of a System V segment counts mappings, not attachments: one process that has called shmat() once is counted as
# three after mprotect() of a middle page, and still after the protection has been set back. One shmdt() takes all three off.
#
# shm_open() and shm_close() in ipc/shm.c count areas of memory (struct vm_area_struct), which mprotect, mlock, madvise and a
# partial munmap split; areas with a close handler are not merged again. Who takes shm_nattch == 1 for "I am the last" goes wrong.
#
# Documented: shmctl(2) and POSIX call it the number of current attaches.
# Seen on: Linux 6.18.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work"
try() { "$@" || { echo "not tried: $*" >&2; exit 2; }; }

cat > it.c <<'END'
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/shm.h>

enum { page = 4096 };

static long attached(int segment) {
  struct shmid_ds status;
  return shmctl(segment, IPC_STAT, &status) == 0 ? (long)status.shm_nattch : -errno;
}

int main(void) {
  int segment = shmget(IPC_PRIVATE, 3 * page, 0600);
  char *memory = shmat(segment, NULL, 0);
  shmctl(segment, IPC_RMID, NULL);  // gone with the last of its mappings
  if (memory == (char *)-1) return 2;
  long before = attached(segment);
  mprotect(memory + page, page, PROT_READ);
  long split = attached(segment);
  mprotect(memory + page, page, PROT_READ | PROT_WRITE);
  long restored = attached(segment);
  shmdt(memory);
  long detached = attached(segment);
  printf("seen:     %ld, %ld after mprotect, %ld with the protection back, then %s\n", before, split, restored,
         detached == -EINVAL || detached == -EIDRM ? "gone by one shmdt" : "still there");
  return before == 1 && split == 3 && restored == 3 && (detached == -EINVAL || detached == -EIDRM) ? 0 : 1;
}
END
echo "version:  $(uname -sr)"
echo "expected: 1 throughout: one process, one shmat"
try cc -O1 it.c -o it
timeout 60 ./it
