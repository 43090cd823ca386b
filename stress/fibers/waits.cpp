// Who can go on, and who waits: for a call, for memory to change, for ever. Methods of
// FiberMachine.
#include "stress/fibers/fiber_machine.h"
#include "stress/sync/memory/memory_steps.h"

namespace minusone {

AgentState FiberMachine::state(int index) const {
  const Agent& agent = agent_at(index);
  if (agent.now.run_state == RunState::finished) return AgentState::finished;
  if (agent.now.run_state == RunState::gave_up) return AgentState::blocked;
  if (agent.now.run_state == RunState::awaiting && is_held_back(agent.now))
    return AgentState::blocked;
  return can_go_on(agent) ? AgentState::ready : AgentState::blocked;
}

// Whether the pending step can be performed, wherever its agent is in a loop.
bool FiberMachine::can_go_on(const Agent& agent) const {
  if (agent.now.faults.pending != FaultKind::none) return can_befall(agent);
  const Context& context = agent.now.context;
  return is_memory_action(context.action()) || sync_.enabled(context);
}

bool FiberMachine::process_exits() const {
  for (int agent = 0; agent < agents_count_ && !processes_; ++agent) {
    const AgentSnapshot& now = agent_at(agent).now;
    if (now.run_state == RunState::finished && now.context.action() == Action::finished &&
        now.context.b != 0)
      return true;
  }
  return false;
}

bool FiberMachine::waits_in_circle() const {
  const auto next = [&](int agent) {
    if (state(agent) != AgentState::blocked) return -1;
    const Context& context = agent_at(agent).now.context;
    return call_of(context.action()).holder(sync_, context);
  };
  for (int first = 0; first < agents_count_; ++first) {
    int agent = next(first);
    for (int i = 0; i < agents_count_ && agent >= 0 && agent < agents_count_; ++i) {
      if (agent == first) return true;
      agent = next(agent);
    }
  }
  return false;
}

// A channel's reader whose loop counts rests as its specification says.
bool FiberMachine::is_open() const {
  for (int agent = 0; agent < agents_count_; ++agent) {
    if (assumes(agent)) return true;
  }
  return !held_rest_ && throttles();
}

bool FiberMachine::assumes(int index) const {
  return state(index) == AgentState::blocked && agent_at(index).now.assumes;
}

// What it had read before it began to wait may change, and is not read again.
bool FiberMachine::is_stale(int index) const {
  const Agent& agent = agent_at(index);
  if (agent.now.run_state != RunState::awaiting) return false;
  bool stale = false;
  int left = agent.now.in_round;
  undo_log_.for_each_read(agent.now, [&](int i) {
    if (left-- == 0) return true;
    const UndoLog::Record& record = undo_log_.at(i);
    const Access& access = record.before.pending.accesses[0];
    return stale = record.did.is_modelled_read()
                       ? !reads_newest(record.did)
                       : digest(access.address, access.bytes) != record.seen;
  });
  return stale;
}

// Judges where the agent has arrived: at a new place, or in a wait.
Effect FiberMachine::settle(Agent& agent, bool only_read) {
  if (!only_read || agent.now.context.private_effect) agent.now.reads = 0;
  if (agent.now.context.private_effect) agent.now.own = 0;
  if (unstarted_ != 0) {
    agent.now.reads = agent.now.own = 0;
    if (!start_new_agents()) return broken_off();
  }
  if (agent.now.run_state == RunState::finished) return Effect::stepped;
  agent.now.assumes = agent.now.context.action() == Action::assume_failed;
  if (agent.now.assumes) {
    if (agent.now.reads > 0) return wait_at_last_read(agent, -1);
    agent.now.run_state = RunState::gave_up;
    return Effect::stepped;
  }
  if (!recognises_waits_) return Effect::stepped;
  if (agent.now.reads > 0) {
    if (const int began = undo_log_.find(agent.now); began >= 0)
      return wait_at_last_read(agent, began);
  }
  note_round(agent.now.spin, only_read && !agent.now.context.private_effect);
  if (!waits_in_round(agent.now)) hold_if_unfair(agent.now);
  return Effect::stepped;
}

// @param began  the record of the read with which the round began; -1: all of the chain are of it
Effect FiberMachine::wait_at_last_read(Agent& agent, int began) {
  int reads = 0;
  undo_log_.for_each_read(agent.now, [&](int i) {
    ++reads;
    return i == began;
  });
  agent.now.in_round = reads - 1;
  const UndoLog::Record& record = undo_log_.step_back(agent.now);
  agent.now.pending = record.before.pending;
  agent.now.run_state = RunState::awaiting;
  agent.now.seen = record.seen;
  if (record.did.is_modelled_read()) agent.now.saw = graph_->last_added(record.did.accesses[0]);
  return Effect::no_effect;
}

}  // namespace minusone
