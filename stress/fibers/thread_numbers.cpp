// Which number a new thread has, and what becomes of the machine where there is none. Methods of
// FiberMachine.
#include <utility>

#include "stress/fibers/fiber_machine.h"
#include "stress/sync/memory/memory_steps.h"

namespace minusone {

// A new number, as long as there are some. Else that of a thread whose end the creator has waited
// for: which one that is its own steps tell, so that no order of the others' changes it. Else that
// of one that has ended and that nobody can join any more: other orders may give another, so the
// search is no complete one. The number of a thread that may still be joined is its own.
// @return -1: too many are alive
int FiberMachine::number_for_thread(const AgentSnapshot& creator) {
  if (agents_count_ < max_threads_) return agents_count_;
  AgentSet given_up = 0;
  for (int agent = 0; agent < agents_count_; ++agent)
    given_up |= agent_at(agent).now.joined | agent_at(agent).now.context.detached;
  for (const AgentSet among : {creator.joined, given_up}) {
    for (int number = 1; number < agents_count_; ++number) {
      const AgentSnapshot& its = agent_at(number).now;
      const bool ended_process = its.context.b != 0;
      if ((among & only(number)) == 0 || its.run_state != RunState::finished || ended_process)
        continue;
      reuses_numbers_ |= (creator.joined & only(number)) == 0;
      undo_log_.seal();  // its stack is used anew
      for (int agent = 0; agent < agents_count_; ++agent) {
        agent_at(agent).now.joined &= ~only(number);
        agent_at(agent).now.context.detached &= ~only(number);
      }
      return number;
    }
  }
  return -1;
}

void FiberMachine::meet_limit(Agent& agent, std::string which) {
  limits_met_.insert(which);
  limit_ = std::move(which);
  agent.now.run_state = RunState::gave_up;
  agent.now.pending = Step{};
  agent.now.pending.agent = static_cast<std::uint8_t>(agent.now.context.id);
}

// The agent has waited for another's end, which its step has read.
void FiberMachine::note_joined(AgentSnapshot& agent) {
  for (int i = 0; i < executed_.count; ++i) {
    const Access& access = executed_.accesses[static_cast<std::size_t>(i)];
    if (access.reads && is_end_of_agent(access.address))
      agent.joined |= only(agent_of_end(access.address));
  }
}

// Detaching is no step: what it did is known where it comes before the join in every order.
bool FiberMachine::is_given_up(int thread, int by) const {
  AgentSet detached = 0, joined = 0;
  for (const int agent : {thread, by}) detached |= agent_at(agent).now.context.detached;
  for (int agent = 0; agent < agents_count_; ++agent) joined |= agent_at(agent).now.joined;
  return ((joined | detached) & only(thread)) != 0;
}

}  // namespace minusone
