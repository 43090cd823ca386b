// Agents' stacks, where others may know an address on them: which frames have ended, and whose use
// of one that has is a fault. Methods of FiberMachine.
#include <algorithm>

#include "stress/fibers/fiber_machine.h"
#include "stress/sync/memory/memory_steps.h"

namespace minusone {

std::optional<std::pair<int, std::size_t>> FiberMachine::stack_offset(std::uint64_t address) const {
  const auto offset = address - reinterpret_cast<std::uint64_t>(stacks_.all().data());
  if (offset >= stacks_.all().size()) return std::nullopt;
  const int owner = static_cast<int>(offset / AgentStacks::stride);
  return std::pair{owner, reinterpret_cast<std::uint64_t>(stacks_.high(owner)) - address};
}

// From now on others may know an address in any frame that the agent has now.
void FiberMachine::publish_stack(Context& context) {
  context.known_low =
      std::min(context.known_low, reinterpret_cast<const std::byte*>(context.stack));
}

// Whether the agent, which has ended, leaves a stack whose addresses others may know. Who calls
// exit() leaves it as it is: the process ends, and nothing after that.
bool FiberMachine::gives_up_stack(const Context& context) const {
  return context.action() == Action::finished && context.b == 0 &&
         (runtime_.stacks.shared >> context.id & 1) != 0 && context.known_low < context.stack_high;
}

bool FiberMachine::leaves_on_own_stack(const Step& step) const {
  if (step.count != 1 || (runtime_.stacks.shared >> step.agent & 1) == 0) return false;
  const auto on_stack = stack_offset(step.accesses[0].address);
  return on_stack && on_stack->first == step.agent;
}

// The agent on whose stack the step has used what is not there any more; -1: nobody's. A frame that
// ended is known to nobody: `known_low` was raised above it, until a later frame of the same place
// may be known again.
int FiberMachine::owner_of_ended_frame(const Step& step) const {
  for (int i = 0; runtime_.stacks.shared != 0 && i < step.count; ++i) {
    const std::uint64_t address = step.accesses[static_cast<std::size_t>(i)].address;
    const auto on_stack = stack_offset(object_at(address));
    if (!on_stack || on_stack->first == step.agent || on_stack->first >= agents_count_) continue;
    const AgentSnapshot& owner = agent_at(on_stack->first).now;
    const bool is_over = owner.run_state == RunState::finished &&
                         owner.context.action() == Action::finished && owner.context.b == 0;
    if (is_over || address < reinterpret_cast<std::uint64_t>(owner.context.known_low))
      return on_stack->first;
  }
  return -1;
}

// After the agent's step: what ends a frame takes it back from those who may know it, and whatever
// has an effect may tell others of frames that the agent has.
void FiberMachine::note_known_stack(Context& context) const {
  if (is_frame_end(executed_.action)) {
    const Access& frame = executed_.accesses[0];
    context.known_low = reinterpret_cast<const std::byte*>(frame.address + frame.bytes);
  } else if (executed_.writes()) {
    publish_stack(context);
  }
}

bool FiberMachine::uses_ended_frame(Agent& agent) {
  const int owner = owner_of_ended_frame(executed_);
  if (owner < 0) return false;
  agent.now.run_state = RunState::gave_up;
  violation_ = "an access to the stack of " + name_of(owner) +
               ", where the function had returned or the thread had ended";
  return true;
}

// An object whose queue a step touches, and not its bytes, is used all the same: its frame must not
// have ended. A lock or a semaphore on another's stack makes that a shared one, too.
void FiberMachine::add_object_on_stack(Step& step) {
  for (int i = 0; i < step.count; ++i) {
    const Access access = step.accesses[static_cast<std::size_t>(i)];
    const std::uint64_t object = object_at(access.address);
    const auto on_stack = stack_offset(object);
    if (processes_ || !on_stack) continue;
    const auto touches_object = [&](const Access& other) { return other.address == object; };
    const AgentSet owner = only(on_stack->first);
    if (on_stack->first != step.agent && (runtime_.stacks.shared & owner) == 0)
      unwatched_stacks_ |= runtime_.stacks.shared | owner;
    const auto* const first = step.accesses.data();
    if (std::none_of(first, first + step.count, touches_object))
      return step.add(object, 1, true, false);
  }
}

}  // namespace minusone
