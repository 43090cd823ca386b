// The step that an agent has announced: what it would touch, its end and its death too. Methods of
// FiberMachine.
#include "stress/fibers/fiber_machine.h"
#include "stress/instrument/runtime.h"
#include "stress/sync/memory/memory_steps.h"

namespace minusone {

void FiberMachine::describe(Agent& agent) {
  const RuntimeScope here(runtime_);  // what is shared
  const Context& context = agent.now.context;
  Step& step = agent.now.pending;
  step.agent = static_cast<std::uint8_t>(context.id);
  step.action = context.action();
  step.order = static_cast<std::uint8_t>(context.order());
  step.count = 0;
  step.reads_from = step.behind = Step::first_value;
  step.way = 0;
  step.pc = context.pc;
  step.fault = agent.now.faults.pending;
  if (step.fault == FaultKind::death) return describe_death(context, step);
  if (is_memory_action(step.action)) {
    describe_memory_step(context, step);
    step.accesses[0].modelled = is_modelled(step);
    if (step.fault == FaultKind::weak_cas) step.accesses[0].writes = false;
    return;
  }
  if (step.action == Action::finished) return describe_end(context.id, step);
  const Call& call = call_of(step.action);
  call.touches(context, step);
  step.accesses[0].modelled = is_modelled(step);
  add_object_on_stack(step);
  if (step.fault == FaultKind::none || step.fault == FaultKind::choice) return;
  // An agent that leaves a queue by itself changes the queue. Another that gives up has looked
  // whether it would wait, and takes nothing.
  if (call.waiting->queue != nullptr) {
    calls::touches_queue(context, step);
  } else {
    step.accesses[0].writes = false;
  }
}

// What an exit changes for others: what it undoes, and what the kernel tells of.
void FiberMachine::describe_end(int agent, Step& step) const {
  step.add_end(agent);
  const Context& context = agent_at(agent).now.context;
  if (gives_up_stack(context)) {
    step.add(reinterpret_cast<std::uint64_t>(context.known_low),
             static_cast<std::uint64_t>(context.stack_high - context.known_low), false, true);
  }
  const UndoneByEnd undone = sync_.undone_by_end(agent);
  if (step.count + undone.count > step.accesses.size())
    throw NotModelled("an agent's end undoes more than three objects: too many to model");
  for (const Access& access : undone.all())
    step.add(access.address, access.bytes, access.reads, access.writes);
}

void FiberMachine::describe_death(const Context& context, Step& step) const {
  step.action = Action::died;
  if (call_of(context.action()).waiting->queue != nullptr) {
    calls::touches_queue(context, step);
    calls::touches_wake_up(context, step);
  }
  describe_end(context.id, step);
}

}  // namespace minusone
