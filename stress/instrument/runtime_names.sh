#!/bin/sh
# runtime_names.sh RUNTIME_ARCHIVE OUTPUT
#
# The calls that the runtime takes over, for objcopy(1): NAME becomes minusone_rt_NAME. The list is
# the runtime's own symbol table, so the two cannot drift apart.
set -eu
nm --defined-only "$1" |
  sed -n 's/^.* [TDBV] minusone_rt_\(.*\)$/\1 minusone_rt_\1/p' | sort -u >"$2"
