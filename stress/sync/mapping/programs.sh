#!/bin/sh
# programs.sh MINUSONE: programs that share memory by its name, under every schedule: what they do
# right, and each fault of the memory told by its name.
set -eu
minusone=$1
cd "$(dirname "$0")/programs"
. ../../testing/programs.sh

expect 0 'none of them wrong' 'explore --programs fills.c looks.c'
expect 1 'SIGBUS: an access to mapped memory beyond the end of its object' \
  'explore --define HASTY --programs fills.c looks.c'
expect 1 'it is smaller (ftruncate())' 'explore --define HASTY --programs fills.c looks.c'
expect 1 'SIGSEGV: a write to memory that is mapped to be read only' \
  'explore --define WRITES --programs fills.c looks.c'
expect 1 'SIGSEGV: an access to memory that its process has not mapped' \
  'explore --define GONE --programs fills.c looks.c'
expect 1 'means something else' 'explore --define FOLLOWS --programs fills.c looks.c'
expect 1 'no_data_race' 'explore --define RACES --programs fills.c looks.c'

# In lock step they are refused by name.
expect 1 'replay:' 'explore --define GONE --programs fills.c looks.c'
expect 2 'not taken in lock step' "replay --processes --define GONE --programs fills.c looks.c $(schedule)"

# Beyond what there is room for, and in a program of threads.
expect 2 'a mapping of 1099511627776 bytes is not modelled' 'explore --programs large.c large.c'
expect 1 'main() returned 7' 'explore own.c'
