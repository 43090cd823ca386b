#include "stress/machine/end_of_work.h"

#include <cstdint>
#include <ctime>

namespace minusone {
namespace {

constexpr std::int64_t same_signal = 300'000'000;  // ns

// signal-safety(7) allows what is lock-free.
std::atomic<std::int64_t> first_came{0};
std::atomic<std::int64_t> time_is_over{INT64_MAX};
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

std::int64_t nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

void Interruption::on_signal(int signal) {
  const std::int64_t now = nanoseconds();
  if (!came_.exchange(true)) {
    first_came = now;
  } else if (now - first_came > same_signal) {
    std::signal(signal, SIG_DFL);
    raise(signal);  // delivered when this handler returns
  }
}

Interruption::Interruption() {
  if (depth_++ > 0) return;
  came_ = false;
  struct sigaction action {};
  action.sa_handler = on_signal;  // without SA_RESTART: what waits comes back
  for (std::size_t i = 0; i < signals.size(); ++i) {
    sigaction(signals[i], nullptr, &before_[i]);
    // Who started this in the background, or by nohup, wants it to go on.
    if (before_[i].sa_handler != SIG_IGN) sigaction(signals[i], &action, nullptr);
  }
}

Interruption::~Interruption() {
  if (--depth_ > 0) return;
  for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &before_[i], nullptr);
}

WorkTime::WorkTime(std::chrono::milliseconds limit) {
  time_is_over = nanoseconds() + std::chrono::nanoseconds(limit).count();
}

WorkTime::~WorkTime() { time_is_over = INT64_MAX; }

bool work_is_over() { return Interruption::came() || nanoseconds() >= time_is_over; }

}  // namespace minusone
