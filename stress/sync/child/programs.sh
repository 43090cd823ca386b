#!/bin/sh
# programs.sh MINUSONE: programs that fork, under every schedule. What is right is also so for real.
set -eu
minusone=$1
cd "$(dirname "$0")/programs"
. ../../testing/programs.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# for_real FLAGS: of the program that was explored last
for_real() {
  cc -o "$folder/program" $1 -lrt -pthread
  "$folder/program" || fail "$1: fails for real"
}

expect 0 'complete: exhaustive: 1 execution, none of them wrong' 'explore own_memory.c'
for_real own_memory.c
expect 1 'an assertion failed: global == 99' 'explore --define UNSHARED own_memory.c'
expect 0 'complete: exhaustive: 1 execution, none of them wrong' 'explore hands_over.c'
for_real hands_over.c
expect 1 'was initialised for one process and is used by two' 'explore --define NOSHARE hands_over.c'
expect 1 'by child 1 of main' 'explore --define NOSHARE hands_over.c'
expect 1 'data race' 'explore --define RACE hands_over.c'
expect 1 '1 of 2 processes wait for ever' 'explore own_semaphore.c'
expect 0 'all 2 executions, none of them wrong' 'explore orphan.c'
expect 1 'an assertion failed: now == parent' 'explore --define WRONG orphan.c'
expect 1 'data race' 'explore counts.c'
expect 1 'an assertion failed: *sum == 2' 'explore counts.c'
# Who adds first, and whom the first wait() finds.
expect 0 'all 4 executions, none of them wrong' 'explore --define ATOMIC counts.c'
for_real '-DATOMIC counts.c'
expect 0 'all 2 executions, none of them wrong' 'explore waits.c'
for_real waits.c
expect 1 'waits for child 2 of main' 'explore --define WRONG waits.c'
expect 1 'waitpid(other, &status, WNOHANG) == 0' 'explore --define TRIES waits.c'
expect 0 'none of them wrong' 'explore inherits.c'
expect 1 'has not mapped' 'explore --define GONE inherits.c'
expect 1 '1 of 2 processes wait for ever' 'explore outlives.c'
expect 3 'more than 63 processes are forked' 'explore --executions 1000 bomb.c'
expect 3 'more than 63 processes are forked' 'explore many.c'

# Whoever dies is waited for as well; a schedule leads there again.
expect 1 'replay:' 'explore --define WRONG waits.c'
second=$(schedule)
expect 1 'waits for child 2 of main' "replay --define WRONG waits.c $second"
expect 2 'lock step' "replay --processes --define WRONG waits.c $second"
expect 1 'is dead' 'explore --crash any own_memory.c'
