# For tests that explore programs with the command, and replay in real processes what they find.
# $minusone: the command.

fail() {
  echo "$1" >&2
  exit 1
}

# expect STATUS TEXT ARGUMENTS: the command ends so, and says that; its output is in $said
expect() {
  status=0
  said=$("$minusone" $3 2>&1) || status=$?
  [ "$status" -eq "$1" ] || fail "minusone $3: ended with $status, not $1: $said"
  case $said in *"$2"*) ;; *) fail "minusone $3: does not say \"$2\": $said" ;; esac
}

# The schedule of what was found last.
schedule() {
  printf '%s\n' "$said" | sed -n 's/^ *replay: .* \([0-9a-f]*:p:[^ ]*\)$/\1/p'
}

# as_processes ARGUMENTS [TURNS]: what was found last, or those turns, in real processes
as_processes() {
  last=$(schedule)
  expect 1 '1 of 1 times the same trace in real processes as on fibers' \
    "replay --processes $1 ${last%:p:*}:p:${2:-${last##*:p:}}"
}
