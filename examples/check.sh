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
