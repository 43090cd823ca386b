#!/bin/sh
# make_models_table.sh [MINUSONE]: runs `minusone conform --all --liveness` and writes its table into
# docs/models.md. Fails, and changes nothing, where a model and its code do not agree.
set -eu
cd "$(dirname "$0")/.."
minusone=${1:-build/release/bin/minusone}
table=$(mktemp)
trap 'rm -f "$table" "$table.page"' EXIT
"$minusone" conform --all --liveness >"$table"
awk -v table="$table" '
  /^<!-- end -->/ { inside = 0 }
  !inside { print }
  /^<!-- generated/ {
    inside = 1
    print "```"
    while ((getline line < table) > 0) print line
    print "```"
  }' docs/models.md >"$table.page"
cat "$table.page" >docs/models.md
