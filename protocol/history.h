#pragma once

#include <cstdint>
#include <vector>

#include "protocol/message.h"

namespace minusone {

/// How an operation of a history ended.
enum class Ending : std::uint8_t {
  pending,  ///< called, not returned when the history ends
  done,
  timed_out,
  dead,  ///< its agent died inside; it may have taken effect or not
};

/// One call of a channel's write or read.
struct Operation {
  enum class Kind : std::uint8_t { write, read };

  Kind kind = Kind::write;
  Ending ending = Ending::pending;
  bool torn = false;         ///< a read that returned bytes which are no message
  std::uint16_t agent = 0;   ///< index: writers first, then readers
  MessageId message;         ///< what was written, or what was read (nobody's when torn or pending)
  std::uint64_t called = 0;  ///< fenced time stamps; any unit, one clock for the whole history
  std::uint64_t returned = 0;
};

/// Ordered by agent, then by call.
using History = std::vector<Operation>;

}  // namespace minusone
