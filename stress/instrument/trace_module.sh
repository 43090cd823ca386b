#!/bin/sh
# trace_module.sh CXX RUNTIME_ARCHIVE EXPORTS OUTPUT OBJECT...
#
# Makes a traced module of objects compiled with -fsanitize=thread: joins them, renames every call
# that the runtime takes over (NAME becomes minusone_rt_NAME) and links without libtsan. The list of
# names is the runtime's own symbol table, so the two cannot drift apart. Renaming, and not
# interposing: the engine's own calls keep their names, and libtsan is never blinded.
set -eu
compiler=$1 runtime=$2 exports=$3 output=$4
shift 4
joined=$output.joined.o
names=$output.names
mkdir -p "$(dirname "$output")"
trap 'rm -f "$joined" "$names"' EXIT
ld -r -o "$joined" "$@"
nm --defined-only "$runtime" 2>/dev/null |
  sed -n 's/^.* T minusone_rt_\(.*\)$/\1 minusone_rt_\1/p' | sort -u >"$names"
objcopy --redefine-sym main=minusone_main --redefine-syms="$names" "$joined"
"$compiler" -shared -o "$output" "$joined" -Wl,--version-script="$exports" -Wl,-Bsymbolic -Wl,-z,now \
  -Wl,--build-id
