#pragma once

#include <x86intrin.h>

#include <cstdint>

namespace minusone {

/// The time stamp counter, ordered: everything before it has happened (lfence), nothing after it
/// has begun. Unfenced stamps give false violations (porcupine issue 40).
inline std::uint64_t fenced_tsc() noexcept {
  _mm_lfence();
  const std::uint64_t now = __rdtsc();
  _mm_lfence();
  return now;
}

/// Counter ticks in a nanosecond, measured once against CLOCK_MONOTONIC.
double tsc_per_nanosecond();

}  // namespace minusone
