#pragma once

#include <cstdint>

#include "stress/machine/execution.h"
#include "stress/machine/machine.h"

namespace minusone {

/// How an execution can go on.
struct Turn {
  enum class Kind : std::uint8_t {
    ready,      ///< each agent of a set can take its step
    stale,      ///< nobody can, and a wait was left behind: a duplicate (Machine::is_stale)
    timeout,    ///< nobody can before time passes, and one agent is the first to give up waiting
    complete,   ///< every agent has finished
    quiescent,  ///< the others wait, and nobody will ever go on
  };
  Kind kind = Kind::complete;
  AgentSet ready = 0;  ///< where that is the kind
  int agent = -1;      ///< of a timeout

  bool goes_on() const { return kind == Kind::ready || kind == Kind::timeout; }
  /// @pre !goes_on()
  End end() const {
    return kind == Kind::complete ? End::complete
           : kind == Kind::stale  ? End::duplicate
                                  : End::quiescent;
  }
};

/// How an execution ends with a step of that effect; nothing: it goes on.
constexpr std::optional<End> end_of(Effect effect) {
  if (effect == Effect::violation) return End::violation;
  if (effect == Effect::limit) return End::too_long;
  if (effect == Effect::unwatched) return End::unwatched;
  return std::nullopt;
}

/// The one place that says in which order these are asked for.
inline Turn next_turn(const Machine& machine) {
  Turn turn;
  bool stale = false;
  for (int agent = 0; agent < machine.agents(); ++agent) {
    const AgentState state = machine.state(agent);
    if (state == AgentState::finished) continue;
    turn.kind = Turn::Kind::quiescent;
    if (state == AgentState::ready) turn.ready |= only(agent);
    stale |= state == AgentState::blocked && turn.ready == 0 && machine.is_stale(agent);
  }
  if (turn.ready != 0) {
    turn.kind = Turn::Kind::ready;
  } else if (stale) {
    turn.kind = Turn::Kind::stale;
  } else if (turn.kind == Turn::Kind::quiescent && (turn.agent = machine.who_times_out()) != -1) {
    turn.kind = Turn::Kind::timeout;
  }
  return turn;
}

}  // namespace minusone
