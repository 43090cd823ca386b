#!/bin/sh
# A POSIX message queue serves its sleeping receivers by their nice values, not in the order of their coming, although all are of
# SCHED_OTHER; a System V queue serves the same processes first come, first served. Who is nice may starve in mq_receive().
#
# wq_add() in ipc/mqueue.c inserts the sleeper by task->prio, in which a nice value counts as a priority. A futex sorts by
# real-time priority only (__futex_queue in kernel/futex/core.c), a System V queue not at all (do_msgrcv in ipc/msg.c).
#
# Documented: mq_receive(3) and mq_overview(7) say nothing; POSIX asks for order by priority only with Priority Scheduling.
# Seen on: Linux 6.18.
set -eu
work=$(mktemp -d)
queue_id=$(ipcmk -Q -p 600 | tr -dc 0-9)
trap 'ipcrm -q "$queue_id"; rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work"
try() { "$@" || { echo "not tried: $*" >&2; exit 2; }; }

cat > it.c <<'END'
#define _GNU_SOURCE
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/wait.h>
#include <unistd.h>

enum { receivers = 3, size = 8 };
static int sysv;
static mqd_t posix;
static struct { long type; char text[size]; } message = {1, ""};

static void receive_sysv(void) { msgrcv(sysv, &message, size, 0, 0); }
static void receive_posix(void) { mq_receive(posix, message.text, size, NULL); }
static void send_sysv(void) { msgsnd(sysv, &message, size, 0); }
static void send_posix(void) { mq_send(posix, message.text, size, 0); }

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

// Who is served first, second, third, of receivers that came as 1, 2, 3 and are each less nice than the one before.
static void order_of_service(void (*receive)(void), void (*send)(void), char *order) {
  int served[2];
  if (pipe(served) != 0) exit(2);
  for (int i = 0; i < receivers; i++) {
    pid_t receiver = fork();
    if (receiver == 0) {
      alarm(20);
      nice(receivers - 1 - i);
      receive();
      _exit(write(served[1], &"123"[i], 1) != 1);
    }
    wait_for_state(receiver, "S");
  }
  for (int i = 0; i < receivers; i++) {
    send();
    if (read(served[0], order + i, 1) != 1) exit(2);
  }
  while (wait(NULL) > 0) {}
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  sysv = atoi(argv[1]);
  char name[40];
  snprintf(name, sizeof name, "/mq_receive_by_nice.%d", (int)getpid());
  struct mq_attr attributes = {.mq_maxmsg = 3, .mq_msgsize = size};
  posix = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &attributes);
  if (posix == (mqd_t)-1) return 2;
  mq_unlink(name);
  char from_sysv[receivers + 1] = "", from_posix[receivers + 1] = "";
  order_of_service(receive_sysv, send_sysv, from_sysv);
  order_of_service(receive_posix, send_posix, from_posix);
  printf("seen:     msgrcv serves %s, mq_receive serves %s\n", from_sysv, from_posix);
  return strcmp(from_sysv, "123") == 0 && strcmp(from_posix, "321") == 0 ? 0 : 1;
}
END
[ "$(nice)" -le 17 ] || { echo "not tried: the receivers cannot be nicer than this"; exit 2; }
echo "version:  $(uname -sr)"
echo "expected: 123 by both, the order in which receivers of SCHED_OTHER came"
try cc -O1 it.c -o it -lrt
timeout 60 ./it "$queue_id"
