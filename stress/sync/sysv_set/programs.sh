#!/bin/sh
# programs.sh MINUSONE: a semop() that waits in part, or at a set that is taken away, in real processes as
# on fibers: the kernel, which is asked with IPC_NOWAIT, does not tell which of its operations could not be
# made, nor who slept.
set -eu
minusone=$1
cd "$(dirname "$0")/programs"
. ../../testing/programs.sh

how='--define END=50 --programs part.c gives.c'
expect 1 'all 4 executions, 4 of them wrong' "explore $how"
case $said in *'part exits with 50'*'part exits with 51'*) ;; *) fail "not both ends: $said" ;; esac
found=$said
as_processes "$how" t1x3.t0x2
said=$found
as_processes "$how" t1x2.t0x2.t1
said=$found
turns=$(schedule)
expect 2 'at step 2 part waits, and cannot go on' "replay --processes $how ${turns%:p:*}:p:t0x2"

# Who has called semop() when the other removes the set sleeps already (50), or comes too late (51).
how='--programs sleeps.c removes.c'
expect 1 'sleeps exits with 50' "explore $how"
case $said in *'sleeps exits with 51'*) ;; *) fail "not both ends: $said" ;; esac
as_processes "$how"
