#pragma once

#include "protocol/history.h"

namespace minusone {

/// Whether a channel's history is one of a bounded queue: whether each operation can be given a
/// point between its call and its return at which it takes effect alone, so that the points in
/// their order are a run of a queue of that capacity. A pending operation, or a dead agent's, may
/// take effect or not; a torn read fits nowhere; one that timed out had none. What was not received
/// may lie in the queue at the end. Histories of any length.
///
/// Wing, Gong, "Testing and Verifying Concurrent Objects", 1993, with the cache of Lowe, "Testing
/// for Linearizability", 2017. Differs from them: only states that came to nothing are kept, so
/// that a history which fits at once costs no cache. Exponential in the worst case: in how many
/// operations overlap.
bool is_linearizable(const History& history, int capacity);

}  // namespace minusone
