// Faults as steps of their own kind: what a plan lets befall an agent takes the place of the step
// that the agent has announced. Whether it can is told by the state, as for any step.
#include <algorithm>
#include <cerrno>

#include "stress/fibers/fiber_machine.h"
#include "stress/sync/memory/memory_steps.h"

namespace minusone {
namespace {

constexpr FaultKind of_calls[] = {FaultKind::eintr, FaultKind::spurious, FaultKind::weak_cas,
                                  FaultKind::timeout, FaultKind::choice};

/// Whether a fault of the kind can befall the call at all. Whether it can now is can_befall()'s.
bool concerns(FaultKind kind, const Context& context, bool has_deadline) {
  switch (kind) {
    case FaultKind::eintr:
      return call_of(context.action()).waiting->interruptible;
    case FaultKind::spurious:
      return call_of(context.action()).waiting->spurious;
    case FaultKind::weak_cas:
      return may_fail_for_no_reason(context);
    case FaultKind::timeout:
      return has_deadline;
    case FaultKind::choice:
      return context.action() == Action::choose;
    default:
      return false;
  }
}

}  // namespace

bool FiberMachine::has_deadline(const Context& context) {
  const auto has = call_of(context.action()).waiting->has_deadline;
  return has != nullptr && has(context);
}

std::int64_t result_of(FaultKind kind, Action action, std::int64_t left_with) {
  if (kind == FaultKind::eintr) return -EINTR;
  if (kind == FaultKind::spurious || left_with != 0) return left_with;
  return call_of(action).waiting->timed_out;
}

const PlannedFault* FiberMachine::planned(FaultKind kind, int agent, int at) const {
  const auto found = std::ranges::find_if(plan_, [&](const PlannedFault& fault) {
    return fault.kind == kind && fault.agent == agent && fault.at == at;
  });
  return found == plan_.end() ? nullptr : &*found;
}

bool FiberMachine::all_befell() const {
  std::size_t befallen = 0;
  for (int agent = 0; agent < agents_count_; ++agent)
    befallen += agent_at(agent).now.faults.befallen;
  return befallen == plan_.size();
}

int FiberMachine::values_at(int agent, int at) const {
  const auto known = values_.find({agent, at});
  return known == values_.end() ? 0 : known->second;
}

int FiberMachine::places_for(FaultKind kind, int agent) const {
  const FaultProgress& fate = agent_at(agent).now.faults;
  return kind == FaultKind::death ? fate.steps : fate.points[static_cast<std::size_t>(kind)];
}

// The agent has announced its next step: counts the places, and puts what is planned there.
void FiberMachine::meet_fault(Agent& agent) {
  FaultProgress& fate = agent.now.faults;
  const Context& context = agent.now.context;
  if (agent.now.run_state == RunState::finished || agent.now.run_state == RunState::gave_up) return;
  fate.pending = FaultKind::none;
  for (const FaultKind kind : of_calls) {
    if (!concerns(kind, context, has_deadline(context))) continue;
    const int at = ++fate.points[static_cast<std::size_t>(kind)];
    const PlannedFault* const fault = planned(kind, context.id, at);
    if (kind == FaultKind::choice) {
      chose_for_.insert(static_cast<ChosenFor>(context.c));
      int& most = values_[{context.id, at}];
      most = std::max(most, static_cast<int>(context.a));
      if (fault != nullptr && static_cast<std::uint64_t>(fault->value) >= context.a) continue;
    }
    if (fault != nullptr) fate.pending = kind;
  }
  if (planned(FaultKind::death, context.id, fate.steps)) {
    fate.pending = FaultKind::death;
    agent.now.run_state = RunState::pending;  // also where it waits
  }
  if (fate.pending != FaultKind::none) describe(agent);
}

// A call that should be interrupted, or give up, must be one that waits.
bool FiberMachine::can_befall(const Agent& agent) const {
  const Context& context = agent.now.context;
  switch (agent.now.faults.pending) {
    case FaultKind::death:
    case FaultKind::choice:
      return true;
    case FaultKind::weak_cas:
      return would_succeed(context);
    default:
      return sync_.can_give_up(context);
  }
}

bool FiberMachine::may_time_out(const AgentSnapshot& agent) const {
  return agent.run_state == RunState::pending && agent.faults.pending == FaultKind::none &&
         has_deadline(agent.context) && sync_.can_give_up(agent.context);
}

AgentSet FiberMachine::who_may_time_out() const {
  AgentSet agents = 0;
  for (int agent = 0; agent < agents_count_; ++agent) {
    if (may_time_out(agent_at(agent).now)) agents |= only(agent);
  }
  return agents;
}

// Of two equal states one is enough, and who comes first is told by the agents' numbers: it must
// not depend on the order of steps that may be swapped.
int FiberMachine::who_times_out() const {
  const std::uint64_t now = fingerprint();
  for (int agent = 0; agent < agents_count_; ++agent) {
    if (!may_time_out(agent_at(agent).now)) continue;
    if (std::ranges::none_of(timed_out_, [&](const TimedOut& earlier) {
          return earlier.state == now && earlier.agent == agent;
        })) {
      return agent;
    }
  }
  return who_is_held();
}

Effect FiberMachine::time_out(int index) {
  Agent& agent = agent_at(index);
  if (agent.now.run_state == RunState::awaiting) return take(agent, FaultKind::none, true);
  timed_out_.push_back({undo_log_.size(), fingerprint(), index});
  return take(agent, FaultKind::timeout, true);
}

/// Everything that what happens next depends on, but the order in queues.
std::uint64_t FiberMachine::fingerprint() const {
  std::uint64_t all = sync_.fingerprint();
  const auto mix = [&](const void* at, std::size_t bytes) {
    all = (all ^
           digest_of_many(reinterpret_cast<std::uint64_t>(at), static_cast<std::uint32_t>(bytes))) *
          0x9e3779b97f4a7c15u;
  };
  mix(shared_.bytes().data(), shared_.bytes().size());
  for (int agent = 0; agent < agents_count_; ++agent) {
    const Context& context = agent_at(agent).now.context;
    if (agent_at(agent).now.run_state == RunState::finished) continue;
    mix(&context.code, 6 * sizeof(std::uint64_t));
    const auto* const stack = reinterpret_cast<const std::byte*>(context.stack);
    mix(stack + moved_by(context), static_cast<std::size_t>(context.stack_high - stack));
  }
  return all;
}

void FiberMachine::befall(Agent& agent) {
  Context& context = agent.now.context;
  const FaultKind kind = agent.now.faults.pending;
  agent.now.faults.pending = FaultKind::none;
  // What time brings when nobody can go on is no fault that was planned.
  if (!executed_.by_timeout) ++agent.now.faults.befallen;
  if (kind == FaultKind::weak_cas) {
    context.result = 0;  // the expected value, which it found, stands where it is to be told
    return;
  }
  if (kind == FaultKind::choice) {
    const int at = agent.now.faults.points[static_cast<std::size_t>(kind)];
    context.result = chosen(context, planned(kind, context.id, at)->value);
    return;
  }
  const std::int64_t left_with = sync_.give_up(context);
  context.result = static_cast<std::uint64_t>(result_of(kind, context.action(), left_with));
}

}  // namespace minusone
