#!/bin/sh
# trace_module.sh CXX NAMES EXPORTS OUTPUT OBJECT...
#
# Makes a traced module of objects compiled with -fsanitize=thread: joins them, renames every call
# that the runtime takes over (NAMES, by runtime_names.sh) and links without libtsan. Renaming, and
# not interposing: the engine's own calls keep their names, and libtsan is never blinded.
# Of a program program_entry.c's object is among them.
set -eu
compiler=$1 names=$2 exports=$3 output=$4
shift 4
joined=$output.joined.o
trap 'rm -f "$joined"' EXIT
ld -r -o "$joined" "$@"
objcopy --redefine-syms="$names" "$joined"
"$compiler" -shared -o "$output" "$joined" -Wl,--version-script="$exports" -Wl,-Bsymbolic -Wl,-z,now \
  -Wl,--build-id
