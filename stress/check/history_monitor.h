#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include "protocol/history.h"

namespace minusone {

/// What the oracles of a channel still need of a history while it goes on, and no more, as a
/// number: two histories of one number have the same future. For a search over states, in which it
/// is part of the state.
///
/// Linearizability is judged as the history goes on (Wing, Gong, "Testing and Verifying Concurrent
/// Objects", 1993; just in time, as in Lowe, "Testing for Linearizability", 2017): kept are all
/// pairs of a queue and the set of called operations that have taken effect in it. An operation
/// takes effect as late as it can: when it returns, or where another that returns needs it to.
/// Reordering is judged as judge_channel() does: the newest message of each writer that had been
/// returned when a read was called.
class HistoryMonitor {
 public:
  /// @param agents    writers first
  /// @param reorders  whether a writer has several messages, so that they have an order
  HistoryMonitor(int writers, int agents, int capacity, bool reorders);

  /// Of a history without operations.
  static constexpr int nothing = 0;
  /// @return the number behind the call of an operation
  int behind_call(int past, const Operation& operation) { return behind(past, operation, false); }
  /// And behind its end, however it ended. @pre it was called
  int behind_end(int past, const Operation& operation) { return behind(past, operation, true); }

  /// Whether it may still be one of a queue of the capacity.
  bool linearizes(int past) const { return !at(past).broken; }
  unsigned reordered(int past) const { return at(past).reordered; }

 private:
  /// A message: 0 is none.
  using Code = std::uint32_t;
  /// A queue, and by agent what its operation took or put there; 0: it has not taken effect.
  struct Configuration {
    std::vector<Code> queue;
    std::vector<Code> effects;
    auto operator<=>(const Configuration&) const = default;
  };
  struct Past {
    bool broken = false;       ///< no linearization is left
    std::vector<Code> called;  ///< by agent: of a write its message, of a read 1; 0: in none
    std::vector<Configuration> configurations;  ///< sorted
    std::vector<Code> newest;                   ///< by writer: the sequence number, and one more
    std::vector<Code> asked;  ///< by agent and writer: the same, when its read was called
    unsigned reordered = 0;
    auto operator<=>(const Past&) const = default;
  };

  int behind(int past, const Operation& operation, bool ends);
  void call(Past& past, const Operation& operation) const;
  void end(Past& past, const Operation& operation) const;
  void take_effect(Past& past, const Operation& operation) const;
  int number_of(Past past);
  const Past& at(int past) const { return *pasts_[static_cast<std::size_t>(past)]; }

  const std::size_t writers_, agents_, capacity_;
  const bool reorders_;
  std::map<Past, int> numbers_;
  std::vector<const Past*> pasts_;                 ///< by number
  std::unordered_map<std::uint64_t, int> behind_;  ///< by past and event
};

}  // namespace minusone
