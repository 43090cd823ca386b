#!/bin/sh
# A robust mutex is lost for ever when the thread that holds it is not the main one and calls execve(): nobody gets EOWNERDEAD,
# then or when the process ends. Where the main thread calls execve(), the mutex is given up properly.
#
# execve() lets the caller take over the main thread's id (de_thread in fs/exec.c) before the old memory's robust list is
# walked, and the walk frees only what carries the caller's id, which by then is another one (handle_futex_death in
# kernel/futex/core.c). The word keeps the id of a thread that no longer exists, and the list goes with the old memory.
#
# Documented: execve(2) tells of the change of id and that mutexes are not preserved; of robust ones, nothing.
# Seen on: Linux 6.18 with glibc 2.36.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work"
try() { "$@" || { echo "not tried: $*" >&2; exit 2; }; }

cat > it.c <<'END'
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t *mutex;

static void *lock_and_exec(void *unused) {
  pthread_mutex_lock(mutex);
  execl("/bin/true", "true", (char *)NULL);
  return unused;
}

// What trylock says after the process has locked, gone on as another program, and ended.
static int after_exec(int by_main_thread) {
  pthread_mutexattr_t kind;
  pthread_mutexattr_init(&kind);
  pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(mutex, &kind);
  if (fork() == 0) {
    alarm(20);
    if (by_main_thread) lock_and_exec(NULL);
    pthread_t other;
    pthread_create(&other, NULL, lock_and_exec, NULL);
    for (;;) pause();
  }
  wait(NULL);
  return pthread_mutex_trylock(mutex);
}

int main(void) {
  mutex = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int by_main = after_exec(1), by_other = after_exec(0);
  printf("seen:     main thread: %s; another thread: %s\n", strerror(by_main), strerror(by_other));
  return by_main == EOWNERDEAD && by_other == EBUSY ? 0 : 1;
}
END
echo "version:  $(uname -sr), $(getconf GNU_LIBC_VERSION)"
echo "expected: Owner died, whichever thread calls execve()"
try cc -O1 -pthread it.c -o it
timeout 60 ./it
