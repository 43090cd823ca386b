#pragma once

#include <cstdint>

#include "stress/machine/fingerprint.h"
#include "stress/machine/machine.h"

namespace minusone {

/// What a machine says of the state that it is in, for a search that expands each state once. Equal
/// states have equal parts: whatever can make a later step, or what the oracle says at the end,
/// differ is in one of them.
class StateSpace {
 public:
  virtual ~StateSpace() = default;

  /// From here on states are merged: a round of a wait loop is steps like any other, which lead
  /// back to a state that is known, and what the oracle needs of the past is kept. Or not any more,
  /// as a machine is made. Before a reset().
  virtual void merges_states(bool on) = 0;
  /// What agents share: memory, and what the kernel holds.
  virtual Fingerprint shared_part() const = 0;
  /// An agent's own: its registers, its stack, its memory, what its operations came to. Another's
  /// step changes it only where that created a thread, or where stacks are shared.
  virtual Fingerprint own_part(int agent) const = 0;
  /// Whether another's step may change an agent's own part.
  virtual bool shares_own_parts() const = 0;
  /// What the oracle needs of the way here beside what the parts hold: a number, the same for equal
  /// needs. 0 at the start.
  virtual std::uint64_t past() const { return 0; }
  /// Lets the agent die now, wherever it is: a death that no plan holds.
  /// @pre it has not finished
  virtual Effect kill(int agent) = 0;
  /// Agents that wait with a deadline, which passes when nobody can go on.
  virtual AgentSet who_may_time_out() const { return 0; }
  /// Whether the last step broke something that no state behind it shows.
  virtual bool alarms() const { return false; }
};

}  // namespace minusone
