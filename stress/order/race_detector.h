#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "stress/machine/step.h"
#include "stress/order/happens_before.h"

namespace minusone {

/// Two conflicting accesses that nothing orders, at least one of them plain.
struct RacePair {
  std::size_t first, second;  ///< indices of the steps, first < second
  bool operator==(const RacePair&) const = default;
};

/// Finds the data races of one execution: pairs of conflicting accesses, at least one plain, that
/// happens-before does not order. Happens-before is program order and synchronisation, as C++20 has
/// it: release and acquire by the memory orders that stand in the code (a compare-and-swap that
/// fails has its failure order), release sequences, fences; unlock and lock, post and wait, a
/// thread's creation and its start, its end and its join. Calls that fail order nothing. What C++
/// does not know:
/// - semop() and semctl(): the set's next call comes after the last (POSIX is silent).
/// - A wake-up by a condition or futex comes before who it wakes ("sleep and wake-up functions" in
///   the kernel's memory-barriers.txt). Going to sleep, and a wake-up of nobody, order nothing.
/// - A read-write lock's readers come after each other's unlocks, which C++ does not promise.
///
/// Vector clocks as in FastTrack (Flanagan, Freund, PLDI 2009). Differs from the paper: executions
/// are short, so each access is held against all earlier ones and every racing pair is told, not
/// only the first of a location.
class RaceDetector {
 public:
  /// @param steps  of one execution, in the order taken
  /// @return       ordered by second, then first; valid until the next call
  std::span<const RacePair> races(std::span<const Step> steps);

  /// Where happens-before crosses from one agent to another: `first` is the step up to which
  /// `second`'s agent knows what the other did, from `second` on. Without what follows from others.
  /// @return  ordered by second
  std::vector<RacePair> handovers(std::span<const Step> steps);

 private:
  struct Released {
    std::uint64_t address = 0;
    VectorClock clock;
  };
  struct Past {
    Access access;
    std::uint32_t step;
    std::uint16_t nth;  ///< of its agent
    std::uint8_t agent;
    bool atomic;
  };

  void restart();
  void order(std::span<const Step> steps, std::size_t at);
  void access_memory(std::span<const Step> steps, std::size_t at);
  void synchronise(const Step& step, const Access& object);
  VectorClock& released(std::uint64_t address);

  std::array<Knowledge, max_agents> agents_;
  AgentSet used_ = 0;               ///< agents that differ from a fresh one
  std::vector<Released> released_;  ///< few: the objects of one execution
  std::vector<VectorClock> given_;  ///< by step: what a write gives that a memory model placed
  std::vector<Past> past_;
  std::vector<RacePair> found_;
};

}  // namespace minusone
