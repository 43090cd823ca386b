#pragma once

#include "stress/instrument/announcement.h"

/// Calls that take something until another call gives it back: what a loop that looks under a lock
/// does in each round (fibers/rounds.cpp).
namespace minusone {

/// The call that undoes all that this one did, where it succeeded: unlock for a lock. A semaphore
/// is taken and posted. @return none where no call does
Action gives_back(Action taken);
/// Whether a round of such a loop may begin with the call.
bool begins_hold(Action action);
/// Whether another agent's short hold of the object may make the call fail.
bool only_tries(const Context& call);

}  // namespace minusone
