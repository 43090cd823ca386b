#pragma once

#include <cstdint>

namespace minusone {

/// What an announced violation is, beside its sentence (Context::b).
enum class ViolationCause : std::uint64_t { other, assertion, hangs };

/// From now on a fault (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP) or an abort in an agent's code is
/// the announcement of a violation. Faults of our own end the program as always.
void catch_faults();

/// While one lives, an agent that goes round a loop without announcing a step is made to announce a
/// violation (ViolationCause::hangs). It looks by a timer of CPU time, and judges by state.
class Watch {
 public:
  Watch();
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
};

/// Counts how often an agent was resumed, for the watch to tell one run of its code from the next.
extern volatile std::uint64_t resumes;

}  // namespace minusone
