#pragma once

#include "protocol/history.h"

namespace minusone {

/// Whether a channel's history is one of a bounded queue: whether each operation can be given a
/// point between its call and its return at which it takes effect alone, so that the points in
/// their order are a run of a queue of that capacity. A pending operation, or a dead agent's, may
/// take effect or not; a torn read fits nowhere; one that timed out had none. What was not received
/// may lie in the queue at the end.
///
/// Wing, Gong, "Testing and Verifying Concurrent Objects", 1993, with the cache of Lowe, "Testing
/// for Linearizability", 2017. At most 64 operations; a longer history counts as linearizable.
bool is_linearizable(const History& history, int capacity);

}  // namespace minusone
