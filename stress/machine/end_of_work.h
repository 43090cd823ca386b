#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <stdexcept>

/// When the work of a command is to end, and what was found is to be told: on a signal of the
/// user's, or when its time is over. Searches ask their own limits between executions; what is said
/// here also ends code under test that never comes back to a search.
namespace minusone {

/// While one lives, SIGINT, SIGTERM and SIGHUP ask the work to come to its end and to tell what was
/// found: whoever works looks at came() now and then. A second signal ends the program, unless it
/// comes so soon that it may be the first one once more, sent to the process and to its group. They
/// nest: what came while the outermost lives has come for all. One thread makes them.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  static bool came() { return came_.load(std::memory_order_relaxed); }
  /// For those who are told where to look.
  static const std::atomic<bool>& flag() { return came_; }

 private:
  static constexpr std::array signals{SIGINT, SIGTERM, SIGHUP};
  static void on_signal(int signal);

  static inline std::atomic<bool> came_{false};
  static inline int depth_ = 0;
  std::array<struct sigaction, signals.size()> before_{};
};

/// While one lives, the time of the work is over then. One at a time, of one thread.
class WorkTime {
 public:
  explicit WorkTime(std::chrono::milliseconds limit);
  ~WorkTime();
  WorkTime(const WorkTime&) = delete;
  WorkTime& operator=(const WorkTime&) = delete;
};

/// Whether a signal came or the time is over. For signal handlers too.
bool work_is_over();

/// The work was over before anything can be told of it. As a rule an agent ran, and announced no
/// step: its execution counts for nothing.
class WorkIsOver : public std::runtime_error {
 public:
  WorkIsOver() : WorkIsOver("ended before the code under test came to its next step") {}
  using std::runtime_error::runtime_error;
};

}  // namespace minusone
