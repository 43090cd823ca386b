#!/bin/sh
# semop() and epoll_wait() fail with EINTR in a program that handles no signal at all, once somebody stops and continues it
# (Ctrl-Z and fg, a debugger, a batch system). A message queue, a futex, sem_wait(), read() and poll() sleep on.
#
# The two return a plain -EINTR when any signal work is pending (do_semtimedop in ipc/sem.c, ep_poll in fs/eventpoll.c), the
# others one of the -ERESTART codes, which the kernel resolves into another sleep where no handler ran. SA_RESTART is no help: a
# loop around semop() is needed even without handlers.
#
# Documented: signal(7), "Interruption of system calls and library functions by stop signals"; semop(2) speaks of caught
# signals, POSIX too.
# Seen on: Linux 6.18, glibc 2.36.
set -eu
work=$(mktemp -d)
set_id=$(ipcmk -S 1 -p 600 | tr -dc 0-9)
queue_id=$(ipcmk -Q -p 600 | tr -dc 0-9)
trap 'ipcrm -s "$set_id" -q "$queue_id"; rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work"
try() { "$@" || { echo "not tried: $*" >&2; exit 2; }; }

cat > it.c <<'END'
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int set, queue, event, epoll;
static sem_t posix;
static long message[2];

static void in_semop(void) { semop(set, &(struct sembuf){0, -1, 0}, 1); }
static void in_epoll_wait(void) { epoll_wait(epoll, &(struct epoll_event){0}, 1, -1); }
static void in_msgrcv(void) { msgrcv(queue, message, 8, 0, 0); }
static void in_sem_wait(void) { sem_wait(&posix); }
static void in_futex(void) { static int word; syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL); }
static void in_read(void) { if (read(event, message, 8) < 0) return; }
static void in_poll(void) { poll(&(struct pollfd){event, POLLIN, 0}, 1, -1); }

// Waits until the process is in one of these states of proc_pid_stat(5); S is asleep in the call that it was made for.
static char wait_for_state(pid_t process, const char *states) {
  char path[40], state;
  snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
  for (int i = 0; i < 10000; i++, usleep(1000)) {
    FILE *stat = fopen(path, "r");
    int found = fscanf(stat, "%*d (%*[^)]) %c", &state);
    fclose(stat);
    if (found == 1 && strchr(states, state)) return state;
  }
  exit(2);
}

// The errno with which the call comes back from a stop and a continue, or 0 where it sleeps on.
static int errno_after_stop(void (*call)(void)) {
  pid_t sleeper = fork();
  if (sleeper == 0) {
    alarm(20);
    call();
    _exit(errno);
  }
  int status;
  wait_for_state(sleeper, "S");
  kill(sleeper, SIGSTOP);
  waitpid(sleeper, &status, WUNTRACED);
  kill(sleeper, SIGCONT);
  int sleeps_on = wait_for_state(sleeper, "SZ") == 'S';
  if (sleeps_on) kill(sleeper, SIGKILL);
  waitpid(sleeper, &status, 0);
  return sleeps_on ? 0 : WEXITSTATUS(status);
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  set = atoi(argv[1]);
  queue = atoi(argv[2]);
  event = eventfd(0, 0);
  epoll = epoll_create1(0);
  sem_init(&posix, 0, 0);
  struct { const char *name; void (*call)(void); int comes_back; } calls[] = {
      {"semop", in_semop, EINTR}, {"epoll_wait", in_epoll_wait, EINTR}, {"msgrcv", in_msgrcv, 0},
      {"sem_wait", in_sem_wait, 0}, {"futex", in_futex, 0}, {"read", in_read, 0}, {"poll", in_poll, 0}};
  int as_described = 1;
  for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++) {
    int error = errno_after_stop(calls[i].call);
    printf("seen:     %s %s\n", calls[i].name, error == EINTR ? "fails with EINTR" : error ? "fails" : "sleeps on");
    as_described &= error == calls[i].comes_back;
  }
  return as_described ? 0 : 1;
}
END
echo "version:  $(uname -sr), $(getconf GNU_LIBC_VERSION)"
echo "expected: without a handler every call sleeps on after SIGSTOP and SIGCONT"
try cc -O1 -pthread it.c -o it
timeout 60 ./it "$set_id" "$queue_id"
