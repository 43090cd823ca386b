#!/bin/sh
# After msgrcv() has failed with E2BIG the message need not be in the queue any more: a receiver that slept is told E2BIG, and the
# message is handed to the next sleeper with a larger buffer. A second try with the right size then finds nothing.
#
# msgsnd() hands a message to the sleepers one by one (pipelined_send in ipc/msg.c), and wakes each whose buffer is too small
# with E2BIG on the way. The usual answer to E2BIG, "take a larger buffer and call again", loses here by design.
#
# Documented: msgop(2) and POSIX say that the message is not removed, which holds only for who found it in the queue.
# Seen on: Linux 6.18.
set -eu
work=$(mktemp -d)
queue_id=$(ipcmk -Q -p 600 | tr -dc 0-9)
trap 'ipcrm -q "$queue_id"; rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work"
try() { "$@" || { echo "not tried: $*" >&2; exit 2; }; }

cat > it.c <<'END'
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/wait.h>
#include <unistd.h>

static int queue;
static struct { long type; char text[100]; } message = {1, ""};

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

// Sleeps in msgrcv() with room for so many bytes; ends with how it came back, or as `again` if that was E2BIG.
enum { took = 10, nothing_left, still_there };
static pid_t receiver(size_t room) {
  pid_t child = fork();
  if (child != 0) {
    wait_for_state(child, "S");  // so that the receivers queue up in this order
    return child;
  }
  alarm(20);
  if (msgrcv(queue, &message, room, 0, 0) >= 0) _exit(took);
  if (errno != E2BIG) _exit(1);
  _exit(msgrcv(queue, &message, sizeof message.text, 0, IPC_NOWAIT) >= 0 ? still_there : nothing_left);
}

static int end_of(pid_t child) {
  int status;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  queue = atoi(argv[1]);
  pid_t small = receiver(10), large = receiver(sizeof message.text);
  if (msgsnd(queue, &message, 50, 0) != 0) return 2;
  int first = end_of(small), second = end_of(large);
  printf("seen:     E2BIG, and a second try by the same receiver %s; the other receiver %s\n",
         first == nothing_left ? "finds nothing" : "finds the message", second == took ? "has it" : "has nothing");
  return first == nothing_left && second == took ? 0 : 1;
}
END
echo "version:  $(uname -sr)"
echo "expected: E2BIG leaves the message for a second try with a larger buffer"
try cc -O1 it.c -o it
timeout 60 ./it "$queue_id"
