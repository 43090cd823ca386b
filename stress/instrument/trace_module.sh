#!/bin/sh
# trace_module.sh CXX RUNTIME_ARCHIVE EXPORTS OUTPUT OBJECT...
#
# Makes a traced module of objects compiled with -fsanitize=thread: joins them, renames every call
# that the runtime takes over (NAME becomes minusone_rt_NAME) and links without libtsan. The list of
# names is the runtime's own symbol table, so the two cannot drift apart. Renaming, and not
# interposing: the engine's own calls keep their names, and libtsan is never blinded.
#
# A program's main() is exported as minusone_main(): by a jump to it, because it may be hidden.
set -eu
compiler=$1 runtime=$2 exports=$3 output=$4
shift 4
joined=$output.joined.o
names=$output.names
entry=$output.entry.o
mkdir -p "$(dirname "$output")"
trap 'rm -f "$joined" "$names" "$entry"' EXIT
ld -r -o "$joined" "$@"
if nm --defined-only "$joined" | grep -q ' T main$'; then
  printf '%s\n' '.text' '.globl minusone_main' '.type minusone_main,@function' \
    'minusone_main: jmp main' '.hidden main' '.section .note.GNU-stack,"",@progbits' | as -o "$entry"
  set -- "$@" "$entry"
  ld -r -o "$joined" "$@"
fi
nm --defined-only "$runtime" 2>/dev/null |
  sed -n 's/^.* [TDBV] minusone_rt_\(.*\)$/\1 minusone_rt_\1/p' | sort -u >"$names"
objcopy --redefine-syms="$names" "$joined"
"$compiler" -shared -o "$output" "$joined" -Wl,--version-script="$exports" -Wl,-Bsymbolic -Wl,-z,now \
  -Wl,--build-id
