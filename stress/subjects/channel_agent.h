#pragma once

#include <vector>

#include "protocol/history.h"
#include "protocol/protocol.h"

namespace minusone {

/// One writer or reader of a channel, and what became of its operations.
struct ChannelAgent {
  const Protocol* protocol = nullptr;
  void* segment = nullptr;
  bool writes = false;
  std::uint32_t writer = 0;  ///< from 1
  int messages = 0;
  std::size_t text = 0;  ///< bytes
  std::uint64_t* clock = nullptr;
  std::vector<Operation> operations;  ///< as many as messages
  int current = 0;                    ///< the operation it is in

  void restart() { forget_from(0); }
  /// As if it had not yet begun its operations from `first` on.
  void forget_from(int first);
};

/// An agent's body, runs on its fiber.
void run_channel_agent(void* channel_agent);

/// The body that initialises the segment.
void init_channel(void* channel_agent);

}  // namespace minusone
