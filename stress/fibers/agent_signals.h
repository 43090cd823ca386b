#pragma once

namespace minusone {

/// From now on a fault (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP) or an abort in an agent's code is
/// the announcement of a violation, in this thread. Faults of our own end the program as always.
void catch_faults();

/// While one lives, an agent of this thread that goes round a loop without announcing a step is
/// made to announce a violation (ViolationCause::hangs), or that the work is over. It looks by a
/// timer of the thread's CPU time, and judges by state (LoopWatch). Faults are caught from then on.
class HangWatch {
 public:
  HangWatch();
  ~HangWatch();
  HangWatch(const HangWatch&) = delete;
  HangWatch& operator=(const HangWatch&) = delete;
};

}  // namespace minusone
