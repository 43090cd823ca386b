#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/history.h"
#include "protocol/outcome.h"

namespace minusone {

/// What is known of an execution's end besides its history.
struct ChannelEnd {
  int capacity = 1;
  /// Messages that a fresh reader could still take after everybody had come to rest; they are in
  /// the channel, not lost. Their operations stand in the history, marked as the drainer's.
  std::uint16_t drainer = UINT16_MAX;  ///< agent index of that reader
};

/// Judges a channel's history: each message sent (done) is received once, whole and in order, or is
/// still in the channel; an operation pending at the end waits rightly, or is stuck (Line-Up,
/// Burckhardt et al., PLDI 2010, for the bounded queue). A dead agent's operation may have taken
/// effect or not. Sets every field of the outcome but the word. O(n log n).
Outcome judge_channel(const History& history, const ChannelEnd& end);

/// The history as lines in the order of calls, for people: "reader 2 read #0 of writer 1".
std::vector<std::string> describe_history(const History& history, int writers,
                                          const ChannelEnd& end);

}  // namespace minusone
