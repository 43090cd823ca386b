#pragma once

#include "protocol/protocol.h"

namespace minusone {

/// The sequential specification of every safe channel, as tests: a bounded queue, first in first
/// out. Each fails the running GoogleTest where `protocol` deviates.

/// Random operations, each now or not at all, on texts of any bytes up to the largest message do
/// what a queue of the protocol's capacity does: a write to a full one and a read of an empty one
/// time out and change nothing.
void expect_bounded_queue(const Protocol& protocol);

/// A message longer than the reader's room tells its whole size, and no byte behind the room is
/// touched.
void expect_room_to_be_respected(const Protocol& protocol);

/// A deadline in the near future is waited for, and not much before it anybody gives up.
void expect_deadlines_to_be_kept(const Protocol& protocol);

}  // namespace minusone
