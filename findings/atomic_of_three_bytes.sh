#!/bin/sh
# _Atomic of a struct of three bytes is three bytes for gcc and four for clang, in one ABI: two programs that share memory, or
# two object files of one program, disagree on where the next member lies. So do libstdc++ and libc++ on std::atomic of it.
#
# clang pads an atomic type to the next power of two, so that it fits an instruction (ASTContext::getTypeInfoImpl); its store
# then writes the byte that is the next member's for gcc, which keeps the size and calls libatomic. The psABI of x86-64 says
# nothing of _Atomic.
#
# Documented: C11 6.2.5p27 lets size and alignment differ from the plain type; that compilers of one platform differ, nowhere.
# Seen on: GCC 12.2.0, clang 14.0.6, x86-64 (Debian 12).
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work"
try() { "$@" || { echo "not tried: $*" >&2; exit 2; }; }

cat > it.c <<'END'
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>

typedef struct { unsigned char red, green, blue; } Colour;
struct Pixel { _Atomic Colour colour; unsigned char depth; };

int main(void) {
  printf("%zu bytes, next member at %zu\n", sizeof(_Atomic Colour), offsetof(struct Pixel, depth));
  return 0;
}
END
echo "version:  $(gcc --version | head -n 1), $(try clang --version | head -n 1)"
echo "expected: one layout, as for any other struct on this platform"
try gcc -O1 it.c -o by_gcc
try clang -O1 it.c -o by_clang
gcc=$(timeout 20 ./by_gcc) clang=$(timeout 20 ./by_clang)
echo "seen:     gcc: $gcc; clang: $clang"
[ "$gcc" = "3 bytes, next member at 3" ] && [ "$clang" = "4 bytes, next member at 4" ]
