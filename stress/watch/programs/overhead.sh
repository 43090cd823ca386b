#!/bin/sh
# overhead.sh MINUSONE CC SOURCE: seconds of CPU of one program as two processes under `minusone watch`
# and as two threads under the compiler's ThreadSanitizer, medians of five in turn; and unwatched.
set -eu
minusone=$1 compiler=$2 source=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$minusone" build --watch --quiet "$source" -o watched
"$compiler" -O2 -g -fno-builtin -fsanitize=thread "$source" -o threads
"$compiler" -O2 -fno-builtin "$source" -o plain -pthread
echo "work      plain  ThreadSanitizer  watch  watch / ThreadSanitizer"
for work in mutex copies atomics parts own; do
  : >plain.s; : >threads.s; : >watched.s
  for round in 1 2 3 4 5; do
    ./plain "$work" processes 2>>plain.s
    ./threads "$work" threads 2>>threads.s
    "$minusone" watch --quiet -- "./watched $work processes" 2>>watched.s
  done
  for which in plain threads watched; do sort -n "$which.s" | sed -n 3p; done | paste -s - |
    awk -v work="$work" '{ printf "%-8s %6.2f %16.2f %6.2f %24.2f\n", work, $1, $2, $3, $3 / $2 }'
done
