#!/bin/sh
# named_programs.sh MINUSONE: programs that meet at semaphores with names, under every schedule, and what
# breaks replayed in real processes, step by step as on fibers.
set -eu
minusone=$1
cd "$(dirname "$0")/programs"
. ../../testing/programs.sh

# Who makes each of the two semaphores: four executions.
expect 0 'all 4 executions, none of them wrong' 'explore --programs asks.c answers.c'
expect 1 'answers exits with 1' 'explore --define HASTY --programs asks.c answers.c'
as_processes '--define HASTY --programs asks.c answers.c'
expect 1 'opens exits with 77' 'explore --define END=77 --programs opens.c asks.c'
as_processes '--define END=77 --programs opens.c asks.c'
