#!/bin/sh
# SPIN's -DP_RAND, which tries the processes in a random order, leaves most states out of an exhaustive search; it says "Full
# statespace search" and "errors: 0" all the same, and misses the violation that the plain search of the same model finds.
#
# A depth-first search may try its successors in any order without a change in the set of states that it meets. -DT_RAND, for
# the transitions of one process, does keep the set. With -DP_RAND, pan.c skips a random number of processes at each state and
# is to come back to the rest (p_skip and p_left); the seed of -RS decides how many states are met after all.
#
# Documented: nothing that pan prints, neither its options nor the end of the search, says that the search was cut.
# Seen on: SPIN 6.5.2 (Debian 12: 6.5.2+dfsg-1).
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work"
try() { "$@" || { echo "not tried: $*" >&2; exit 2; }; }
apt-get download spin=6.5.2+dfsg-1 > apt.log 2>&1 ||
  { echo "not tried: the archive does not give spin 6.5.2+dfsg-1"; exit 3; }
dpkg -x spin_*.deb root
PATH=$work/root/usr/bin:$PATH

# Three processes each append their number three times to a history in base 4; `forbidden` is one of the 1680 histories.
cat > it.pml <<'END'
int history;
proctype writer(byte me) {
  byte times;
  do
  :: times < 3 -> times++; atomic { history = history * 4 + me; assert(history != FORBIDDEN) }
  :: else -> break
  od
}
init { run writer(1); run writer(2); run writer(3) }
END
forbidden=$(( (((((((3 * 4 + 1) * 4 + 2) * 4 + 3) * 4 + 1) * 4 + 2) * 4 + 3) * 4 + 1) * 4 + 2 ))
# Sets states and errors: search DIRECTIVE FORBIDDEN.
search() {
  try spin -DFORBIDDEN="$2" -a it.pml > spin.log
  try gcc -w -DSAFETY ${1:+"$1"} pan.c -o pan
  timeout 60 ./pan -RS1 > out
  grep -q 'Full statespace search' out
  errors=$(sed -n 's/.*errors: \([0-9]*\).*/\1/p' out)
  states=$(sed -n 's/ *\([0-9]*\) states, stored.*/\1/p' out)
}
echo "version:  $(spin -V)"
echo "expected: the same states and the same errors in each order of a full search"
search "" -1; all=$states
search -DT_RAND -1; transitions=$states
search -DP_RAND -1; processes=$states
search "" "$forbidden"; found=$errors
search -DP_RAND "$forbidden"; missed=$errors
echo "seen:     $all states, $transitions with -DT_RAND, $processes with -DP_RAND; errors: $found, with -DP_RAND $missed"
[ "$transitions" -eq "$all" ] && [ "$processes" -lt "$all" ] && [ "$found" -eq 1 ] && [ "$missed" -eq 0 ]
