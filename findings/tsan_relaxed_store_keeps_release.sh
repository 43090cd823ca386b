#!/bin/sh
# ThreadSanitizer misses the race of a reader that acquires a value stored relaxed by a third thread: for it, the release
# store that the relaxed one has overwritten is acquired all the same.
#
# Only read-modify-writes continue a release sequence ([intro.races] of C++20; before, also stores of the releasing thread
# itself). The middle thread reads and writes relaxed, so nothing orders the data, and hardware that is weaker than x86 may
# show the old value. ThreadSanitizer keeps one clock for each atomic object; a relaxed store neither clears nor replaces it
# (AtomicStore in compiler-rt/lib/tsan/rtl/tsan_interface_atomic.cpp), so the acquire load joins the clock of a store
# that it has not read from.
#
# Documented: not in ThreadSanitizer's manual.
# Seen on: GCC 12.2.0's libtsan and clang 14.0.6 (Debian 12).
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work"
try() { "$@" || { echo "not tried: $*" >&2; exit 2; }; }

cat > it.cpp <<'END'
#include <atomic>
#include <cstdio>
#include <thread>

int data;
std::atomic<int> flag;

int main(int argc, char**) {
  const auto first_order = argc > 1 ? std::memory_order_release : std::memory_order_relaxed;
  std::thread first([&] {
    data = 1;
    flag.store(1, first_order);
  });
  std::thread middle([] {
    while (flag.load(std::memory_order_relaxed) != 1) {}
    flag.store(2, std::memory_order_relaxed);
  });
  std::thread last([] {
    while (flag.load(std::memory_order_acquire) != 2) {}
    std::printf("%d\n", data);
  });
  first.join();
  middle.join();
  last.join();
}
END
echo "version:  $(g++ --version | head -n 1)"
echo "expected: a race both times, for the acquire load reads from a relaxed store both times"
try setarch -R true  # ThreadSanitizer of this age wants the addresses not drawn too widely
try g++ -std=c++20 -g -fsanitize=thread it.cpp -o it
export TSAN_OPTIONS=exitcode=0
races() { timeout 60 setarch -R ./it "$@" 2>&1 | grep -c 'WARNING: ThreadSanitizer: data race' || :; }
relaxed=$(races) released=$(races release)
echo "seen:     races told: $relaxed after a first store relaxed, $released after a first store released and overwritten"
[ "$relaxed" -eq 1 ] && [ "$released" -eq 0 ]
