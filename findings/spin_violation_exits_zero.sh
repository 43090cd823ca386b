#!/bin/sh
# SPIN's verifier exits with 0 when it has found a violation, and so does `spin -run`; random simulation of the same model
# exits with 1. A script or a build that looks at the status of the exhaustive search never fails.
#
# The generated pan.c ends in wrapup(), which prints "errors: 1", writes the trail and calls pan_exit(0); other statuses tell
# of a search that could not go on. `spin -run` hands back what its shell command did.
#
# Documented: the options as `./pan --` prints them name no exit status.
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

echo 'active proctype only() { assert(false) }' > it.pml
try spin -a it.pml > spin.log
try gcc -w pan.c -o pan
status_of() { status=0; timeout 60 "$@" > "$1.out" 2>&1 || status=$?; }
mkdir simulation run
status_of ./pan; exhaustive=$status
errors=$(sed -n 's/.*errors: \([0-9]*\).*/\1/p' ./pan.out)
(cd run && timeout 60 spin -run ../it.pml > out 2>&1) && run=0 || run=$?
(cd simulation && timeout 60 spin ../it.pml > out 2>&1) && simulation=0 || simulation=$?
echo "version:  $(spin -V)"
echo "expected: a status other than 0 for an assertion that is violated in the only execution"
echo "seen:     pan exits with $exhaustive and prints errors: $errors; spin -run exits with $run; simulation with $simulation"
[ "$exhaustive" -eq 0 ] && [ "$errors" -eq 1 ] && [ "$run" -eq 0 ] && [ "$simulation" -ne 0 ]
