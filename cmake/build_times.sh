#!/bin/sh
# cmake/build_times.sh FOLDER
#
# Prints where the time of a build went, from the log that ninja keeps in its folder: seconds by room
# and by kind of step, and the slowest steps. Seconds of a step are wall time while others run beside
# it, so they compare within one build only. -ftime-report in CMAKE_CXX_FLAGS tells what the compiler
# does in a unit.
set -eu
log=${1:?usage: cmake/build_times.sh FOLDER}/.ninja_log
[ -f "$log" ] || { echo "build_times: $log is missing: build there first, with Ninja" >&2; exit 4; }

# Fields: begin, end (ms since that run of ninja began), time of change, output, hash of the command.
# The last line of an output is its newest; a command with several outputs has a line each.
tail -n +2 "$log" | awk -F '\t' '
  { seconds[$4] = ($2 - $1) / 1000; hash[$4] = $5 }
  END {
    for (output in seconds) {
      if (hash[output] in counted) continue
      counted[hash[output]]
      kind = output ~ /\.gch$/ ? "precompiled headers" : output ~ /\.o$/ ? "compiling" \
           : output ~ /\.(so|a)$|bin\/|_test$/ ? "modules, libraries and commands" : "generating"
      room = output
      if (output ~ /^(protocol|naive|safe|docs)\//) sub(/\/.*/, "", room)
      else if (match(output, /^stress\/[^\/]*/)) room = substr(output, 1, RLENGTH)
      else room = "(the rest)"
      printf "%s\t%.1f\n", "k\t" kind, seconds[output]
      printf "%s\t%.1f\n", "r\t" room, seconds[output]
      printf "%s\t%.1f\n", "s\t" output, seconds[output]
    }
  }' | awk -F '\t' '
  $1 == "s" { print }
  $1 != "s" { sum[$1 "\t" $2] += $3 }
  END { for (line in sum) printf "%s\t%.1f\n", line, sum[line] }' | sort -t "$(printf '\t')" -k1,1 -k3,3nr | awk -F '\t' '
  BEGIN { title["k"] = "by kind"; title["r"] = "by room"; title["s"] = "the slowest steps" }
  $1 != last { printf "%s%s, seconds\n", last == "" ? "" : "\n", title[$1]; last = $1; lines = 0 }
  ++lines <= 15 { printf "%8.1f  %s\n", $3, $2 }'
