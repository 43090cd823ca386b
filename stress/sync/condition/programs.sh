#!/bin/sh
# programs.sh MINUSONE: a wait that is given up goes on with its mutex, which may be gone, in real processes
# as on fibers.
set -eu
minusone=$1
cd "$(dirname "$0")/programs"
. ../../testing/programs.sh

expect 1 'a mutex is used that was destroyed' 'explore --programs waits.c destroys.c'
as_processes '--programs waits.c destroys.c'
