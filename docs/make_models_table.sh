#!/bin/sh
# make_models_table.sh [MINUSONE]: runs `minusone conform --all`, then once more with --liveness, and
# writes both tables into docs/models.md. Fails, and changes nothing, where a model and its code do
# not agree.
set -eu
cd "$(dirname "$0")/.."
minusone=${1:-build/release/bin/minusone}
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
"$minusone" conform --all >"$made/safety"
# Of this run only what holds at last is kept: its sizes are its own.
"$minusone" conform --all --liveness --sizes 1+1 --walks 0 --rounds 0 >"$made/all"
awk '/^[a-z]+\/[a-z_]+ / { print $1 } /^ +(at last|not at last|not decided): / { print }' "$made/all" |
  sed 's/^  *\([a-z]\)/  \1/' >"$made/liveness"
awk -v made="$made" '
  /^<!-- end -->/ { inside = 0 }
  !inside { print }
  /^<!-- generated: / {
    inside = 1
    table = made "/" $3
    print "```"
    while ((getline line < table) > 0) print line
    print "```"
  }' docs/models.md >"$made/page"
cat "$made/page" >docs/models.md
