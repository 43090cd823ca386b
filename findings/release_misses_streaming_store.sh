#!/bin/sh
# On x86-64, where a release store is said to cost nothing since stores stay in order, it does not publish what
# _mm_stream_si32 wrote just before it: the reader acquires the flag and finds the old value.
#
# movnti goes through a write-combining buffer and is outside of the store order; a release store compiles to a plain mov,
# which may become visible first. Neither compiler adds the sfence, and C++ has no word for such a store: by the standard,
# the program below hands the value over. With _mm_sfence() before the flag, or a plain store, no value is stale.
# Inside glibc's memcpy() the same instruction is followed by its fence.
#
# Documented: Intel's Software Developer's Manual, vol. 3, 9.2.2; AMD's, vol. 2, chapter 7; not in [atomics.order].
# Seen on: GCC 12.2.0, Linux 6.18, x86-64 with two processors; on another processor the share of stale values differs.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
cd "$work"
try() { "$@" || { echo "not tried: $*" >&2; exit 2; }; }
[ "$(nproc)" -ge 2 ] || { echo "not tried: one processor sees its own stores in order"; exit 2; }
[ "$(uname -m)" = x86_64 ] || { echo "not tried: this is not x86-64"; exit 2; }

cat > it.cpp <<'END'
#include <emmintrin.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>

enum class Store { plain, streaming, streaming_and_fence };
constexpr int lines = 64;
struct alignas(64) Value { int value; };
struct alignas(64) Flag { std::atomic<int> round; };

/// How many of `rounds` values the reader finds stale after it has seen the flag.
int stale(Store kind, int rounds) {
  static Value values[lines];
  static Flag flags[lines];
  for (auto& flag : flags) flag.round = -1;
  std::atomic<int> read{-1};
  int stale_values = 0;
  std::thread reader([&] {
    for (int round = 0; round < rounds; round++) {
      while (flags[round % lines].round.load(std::memory_order_acquire) != round) {}
      if (values[round % lines].value != round) stale_values++;
      read.store(round);
    }
  });
  for (int round = 0; round < rounds; round++) {
    Value& line = values[round % lines];
    if (kind == Store::plain) line.value = round; else _mm_stream_si32(&line.value, round);
    if (kind == Store::streaming_and_fence) _mm_sfence();
    flags[round % lines].round.store(round, std::memory_order_release);
    while (read.load() != round) {}
  }
  reader.join();
  return stale_values;
}

int main() {
  const int plain = stale(Store::plain, 20'000);
  const int streaming = stale(Store::streaming, 20'000);
  const int fenced = stale(Store::streaming_and_fence, 20'000);
  std::printf("seen:     of 20000 values, stale: %d by a plain store, %d by _mm_stream_si32, %d with _mm_sfence\n", plain,
              streaming, fenced);
  return plain == 0 && streaming > 0 && fenced == 0 ? 0 : 1;
}
END
echo "version:  $(g++ --version | head -n 1), $(uname -srm)"
echo "expected: no stale value after a release store was read by an acquire load"
try g++ -std=c++20 -O2 -pthread it.cpp -o it
timeout 120 ./it
