#!/bin/sh
# check.sh MINUSONE: each wrong example is violated, and each right one holds, complete.
set -eu
minusone=$1
cd "$(dirname "$0")"
. ../stress/sync/testing/programs.sh

expect 1 'an assertion failed: box->item == i' 'explore fork_mmap/wrong.c'
expect 0 'complete: exhaustive:' 'explore fork_mmap/right.c'
expect 1 'SIGBUS: an access to mapped memory beyond the end of its object' \
  'explore --programs shm_open/writer.c shm_open/wrong_reader.c'
expect 0 'complete: exhaustive:' 'explore --programs shm_open/writer.c shm_open/right_reader.c'

# Objects, each with its specification. Without spaces, for these arguments are split at them.
aba='push(1)push(2)pop()pop()push(3)|pop()pop()'
expect 1 'broken: operations take effect one at a time, as specified (linearizable), 2 times' \
  "explore objects/treiber_stack_wrong.cpp --scenario $aba"
expect 0 'complete: exhaustive: all 131 executions' "explore objects/treiber_stack_right.cpp --scenario $aba"
expect 0 '10 scenarios, all of 3 agents with up to 1 operation each' 'explore objects/treiber_stack_right.cpp --scenario 3x1'
expect 1 'first: 2 scenarios before it' 'explore objects/locked_set_wrong.cpp'
expect 0 '465 scenarios, all of 2 agents with up to 2 operations each' 'explore objects/locked_set_right.cpp'
