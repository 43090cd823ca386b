#pragma once

#include <cerrno>
#include <chrono>
#include <ctime>

namespace minusone {

/// What is left until `deadline` (CLOCK_MONOTONIC), not below zero: for calls that take a duration.
inline timespec time_left(const timespec& deadline) noexcept {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  timespec left{deadline.tv_sec - now.tv_sec, deadline.tv_nsec - now.tv_nsec};
  if (left.tv_nsec < 0) {
    left.tv_sec -= 1;
    left.tv_nsec += 1'000'000'000;
  }
  if (left.tv_sec < 0) left = {0, 0};
  return left;
}

/// The point in time so long from now, on CLOCK_MONOTONIC.
inline timespec deadline_in(std::chrono::nanoseconds time) noexcept {
  timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  const auto nanoseconds = at.tv_nsec + time.count();
  return {at.tv_sec + nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
}

/// @param deadline  on CLOCK_MONOTONIC; null: never
inline bool has_passed(const timespec* deadline) noexcept {
  if (deadline == nullptr) return false;
  const timespec left = time_left(*deadline);
  return left.tv_sec == 0 && left.tv_nsec == 0;
}

}  // namespace minusone
