#!/bin/sh
# named_programs.sh MINUSONE: programs that meet at semaphores with names, under every schedule, and what
# breaks replayed in real processes, step by step as on fibers.
set -eu
minusone=$1
cd "$(dirname "$0")/programs"

fail() {
  echo "$1" >&2
  exit 1
}

# expect STATUS TEXT ARGUMENT...: the command ends so, and says that; its output is in $said
expect() {
  status=0
  said=$("$minusone" $3 2>&1) || status=$?
  [ "$status" -eq "$1" ] || fail "minusone $3: ended with $status, not $1: $said"
  case $said in *"$2"*) ;; *) fail "minusone $3: does not say \"$2\": $said" ;; esac
}

# as_processes ARGUMENT...: what was found last, in real processes
as_processes() {
  schedule=$(printf '%s\n' "$said" | sed -n 's/^ *replay: .* \([0-9a-f]*:p:[^ ]*\)$/\1/p')
  expect 1 '1 of 1 times the same trace in real processes as on fibers' "replay --processes $1 $schedule"
}

# Who makes each of the two semaphores: four executions.
expect 0 'all 4 executions, none of them wrong' 'explore --programs asks.c answers.c'
expect 1 'answers exits with 1' 'explore --define HASTY --programs asks.c answers.c'
as_processes '--define HASTY --programs asks.c answers.c'
expect 1 'opens exits with 77' 'explore --define END=77 --programs opens.c asks.c'
as_processes '--define END=77 --programs opens.c asks.c'
