#pragma once

#include <csignal>

namespace minusone {

/// SIGINT and SIGTERM end the run, not the program, as long as this lives. One at a time.
class Interruptible {
 public:
  Interruptible() {
    came_ = 0;
    struct sigaction note {};
    note.sa_handler = [](int) { came_ = 1; };
    sigaction(SIGINT, &note, &saved_int_);
    sigaction(SIGTERM, &note, &saved_term_);
  }
  ~Interruptible() {
    sigaction(SIGINT, &saved_int_, nullptr);
    sigaction(SIGTERM, &saved_term_, nullptr);
  }
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

  static bool interrupted() { return came_ != 0; }

 private:
  static inline volatile std::sig_atomic_t came_ = 0;
  struct sigaction saved_int_ {};
  struct sigaction saved_term_ {};
};

}  // namespace minusone
