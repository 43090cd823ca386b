// What memory is under a model weaker than sequential consistency: the execution graph says what an
// access reads, and the agent finds that in memory. While nobody runs, memory is as the newest
// writes left it. Methods of FiberMachine.
#include <algorithm>
#include <cstring>
#include <utility>

#include "stress/fibers/fiber_machine.h"
#include "stress/sync/family.h"
#include "stress/sync/memory/memory_steps.h"

namespace minusone {

bool FiberMachine::is_modelled(const Step& step) const {
  return graph_ && step.count > 0 && (is_word_access(step.action) || step.accesses[0].looks) &&
         graph_->is_place(step.accesses[0]);
}

// A fault befalls an access as it is now.
void FiberMachine::find_ways(const Agent& agent, const Step& step) {
  const Context& context = agent.now.context;
  std::uint64_t expected[2] = {context.b, context.d};
  const bool compares = step.action == Action::atomic_cas;
  asked_for_ = step.accesses[0];
  graph_->ways({.step = step,
                .expected = compares ? reinterpret_cast<const std::byte*>(expected) : nullptr,
                .failure_order = context.failure_order()},
               ways_);
  if (step.fault != FaultKind::none) ways_.resize(1);
  // A store becomes visible in a finite time ([intro.progress]), and no model says after how many
  // rounds of a loop that looks for it.
  if (step.accesses[0].reads && ways_.size() > 1 && agent.now.spin.count >= fair_rounds_) {
    ways_.resize(1);
    throttled_ = true;
  }
}

int FiberMachine::ways(int agent) {
  const Agent& its = agent_at(agent);
  if (!is_modelled(its.now.pending)) return 1;
  find_ways(its, its.now.pending);
  return static_cast<int>(ways_.size());
}

int FiberMachine::read_by_way(int way) {
  const int read_at = ways_[static_cast<std::size_t>(way)].read_at;
  return read_at < 0 ? Step::first_value : graph_->writer(asked_for_, read_at);
}

// Puts into memory what the step that comes next reads there.
ExecutionGraph::Way FiberMachine::begin_way(const Agent& agent) {
  const auto chosen = static_cast<std::size_t>(std::exchange(chosen_way_, 0));
  executed_.reads_from = executed_.behind = Step::first_value;
  executed_.way = 0;
  if (executed_.count == 0) return {};
  Access& access = executed_.accesses[0];
  access.modelled = is_modelled(executed_);
  if (!access.modelled) return {};
  graph_->look_at(access);
  find_ways(agent, executed_);
  const std::size_t taken = chosen < ways_.size() ? chosen : 0;
  executed_.way = static_cast<std::uint16_t>(taken);
  const auto way = ways_[taken];
  if (way.read_at != ExecutionGraph::Way::none && graph_->knows(access)) {
    const auto value = graph_->value_of(access, way);
    std::memcpy(reinterpret_cast<void*>(access.address), value.data(), value.size());
  }
  return way;
}

void FiberMachine::show_newest(const Access& access) const {
  if (!access.modelled || !graph_ || !graph_->knows(access)) return;
  const auto value = graph_->newest_value(access);
  std::memcpy(reinterpret_cast<void*>(access.address), value.data(), value.size());
}

// The step was taken, and its agent has come to its next one.
void FiberMachine::end_way(const ExecutionGraph::Way& way) {
  graph_->add(executed_, way);
  if (executed_.created != 0) graph_->note_created(executed_.created);
  show_newest(executed_.accesses[0]);
}

bool FiberMachine::reads_newest(const Step& step) const {
  return graph_->newest(step.accesses[0]) == step.reads_from;
}

// A loop that looked at what has been overwritten need not wait for anybody.
bool FiberMachine::has_read_newest(const AgentSnapshot& agent, const Places& places) const {
  if (!graph_ || !places.all_known()) return true;
  for (int i = 0; i < places.count; ++i) {
    const Access& place = places.read[static_cast<std::size_t>(i)];
    const bool in_memory = (places.objects >> i & 1) == 0;
    if (in_memory && !graph_->has_seen_newest(agent.context.id, place)) return false;
  }
  return true;
}

}  // namespace minusone
