#!/bin/sh
# programs.sh MINUSONE: a lock where writers come first, in real processes as on fibers: glibc's own knows
# nothing there of a writer that waits, for nobody sleeps in it.
set -eu
minusone=$1
cd "$(dirname "$0")/programs"
. ../../testing/programs.sh

how='--define ASKS --define END=50 --programs reads.c writes.c'
expect 1 'reads exits with 50' "explore $how"
case $said in *'reads exits with 51'*) ;; *) fail "not both ends: $said" ;; esac
as_processes "$how"

# Nobody else can go on before the writer's time is over; then readers can again.
how='--define END=50 --programs reads.c writes.c'
expect 1 'reads exits with 50' "explore $how"
as_processes "$how"
expect 0 'none of them wrong' 'explore --programs reads.c writes.c'
