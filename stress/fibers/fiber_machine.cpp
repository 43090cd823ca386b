#include "stress/fibers/fiber_machine.h"

#include "protocol/check.h"
#include "stress/instrument/runtime.h"
#include "stress/sync/family.h"
#include "stress/sync/memory/memory_steps.h"

namespace minusone {

FiberMachine::FiberMachine(bool processes, std::size_t max_memory)
    : processes_(processes), shared_(processes, max_memory, runtime_), held_rest_(processes) {
  sync_.set_processes(processes);
  sync_.follow_bytes(true);
  sync_.set_threads(&threads_);
  sync_.set_announced([this](int index, Context& call) {
    if (index >= agents_count_ || agent_at(index).now.run_state == RunState::finished) return false;
    call = agent_at(index).now.context;
    return true;
  });
  runtime_.loading.perform = [](void* machine, Context& call) {
    return static_cast<FiberMachine*>(machine)->perform_while_loading(call);
  };
  runtime_.loading.machine = this;
  runtime_.stacks = {reinterpret_cast<std::uintptr_t>(stacks_.all().data()), stacks_.all().size(),
                     AgentStacks::stride, 0};
}

FiberMachine::~FiberMachine() = default;

void FiberMachine::separate_tls(std::size_t module, std::span<const std::byte> start) {
  tls_module_ = module;
  tls_start_ = start;
}

void FiberMachine::set_rules(const StepRules& rules) {
  runtime_.copy_steps = rules.copy_steps;
  runtime_.chosen = rules.chosen;
  runtime_.stacks.shared = rules.shared_stacks;
  fair_rounds_ = rules.fair_rounds;
  max_threads_ = rules.max_threads;
  if (rules.memory != MemoryModel::sc || rules.by_graph)
    graph_ = std::make_unique<ExecutionGraph>(rules.memory);
  orders_ = rules.orders;
  sync_.set_glibc(rules.glibc.value_or(running_glibc()));
}

void FiberMachine::share(std::span<std::byte> memory, std::span<std::byte> globals) {
  shared_.share(memory, globals);
  sync_.set_room(memory);
  sync_.lend(false);
}

void FiberMachine::remember() {
  shared_.remember();
  sync_.remember();
}

bool FiberMachine::is_shared(const Access& access) const {
  if (is_kernel_object(access.address)) return true;  // the kernel's objects are everybody's
  const std::uint64_t address = object_at(access.address);
  if (shared_.contains(address)) return true;
  const auto on_stack = stack_offset(address);
  return on_stack && (runtime_.stacks.shared >> on_stack->first & 1) != 0;
}

void FiberMachine::perform(Agent& agent) {
  const RuntimeScope here(runtime_);
  Context& context = agent.now.context;
  if (agent.now.faults.pending != FaultKind::none) {
    befall(agent);
  } else if (is_memory_action(context.action())) {
    perform_memory_step(context, executed_);
    return shared_.note_written(executed_);
  } else {
    context.result = static_cast<std::uint64_t>(sync_.perform(context));
    call_of(context.action()).narrow(sync_, context, executed_);
  }
  shared_.note_written(executed_);
  if (sync_.misuse()) note_misuse();
}

// A call that was made, or the rest of one that was given up, and that must not have been.
void FiberMachine::note_misuse() {
  if (sync_.misuse()->not_modelled) throw NotModelled(sync_.misuse()->before);
  violation_ = sentence_of(*sync_.misuse(), [this](int other) { return name_of(other); });
}

std::string FiberMachine::name_of(int agent) const {
  if (processes_) return "process " + std::to_string(agent + 1);
  return agent == 0 ? "main" : "thread " + std::to_string(agent);
}

std::optional<Earlier> FiberMachine::earlier() const {
  const auto& misuse = sync_.misuse();
  if (violation_.empty() || !misuse || misuse->earlier_agent < 0) return std::nullopt;
  return Earlier{misuse->earlier, misuse->earlier_agent, misuse->earlier_place};
}

// Keeps what the agent's pending step may change, or its death in place of it.
void FiberMachine::keep(const Agent& agent, Action action) {
  const Step& step = agent.now.pending;
  UndoLog::Record& record =
      undo_log_.begin(agent.now, agent.used(), stacks_.high(agent.now.context.id), agents_count_);
  record.written = static_cast<std::uint32_t>(shared_.written());
  record.events = graph_ ? graph_->size() : 0;
  if (is_memory_action(action)) return keep_memory(step);
  record.synchronises = true;
  sync_.push();
}

void FiberMachine::keep_memory(const Step& step) {
  for (int i = 0; i < step.count; ++i) {
    const Access& access = step.accesses[static_cast<std::size_t>(i)];
    if (access.writes && access.address < nowhere)
      undo_log_.keep({reinterpret_cast<std::byte*>(access.address), access.bytes});
  }
}

bool FiberMachine::rewind(int mark) {
  if (mark == undo_log_.size()) return true;
  MINUSONE_CHECK(0 <= mark && mark < undo_log_.size(), "a machine goes back to where it has been");
  if (!undo_log_.can_take_back_to(mark)) return false;
  while (undo_log_.size() > mark) {
    const UndoLog::Record& record = undo_log_.take_back();
    agent_at(record.before.context.id).now = record.before;
    if (record.synchronises) sync_.pop();
    if (graph_) graph_->cut(record.events);
    agents_count_ = record.agents;
    unstarted_ = 0;
    shared_.forget_written(record.written);
  }
  while (!timed_out_.empty() && timed_out_.back().record >= mark) timed_out_.pop_back();
  while (!turns_.empty() && turns_.back().record >= mark) turns_.pop_back();
  violation_.clear();
  limit_.clear();
  memory_fault_.reset();
  return true;
}

void FiberMachine::end(Agent& agent) {
  FaultProgress& fate = agent.now.faults;
  shared_.note_written(executed_);
  if (executed_.action == Action::died) {
    sync_.agent_dies(agent.now.context);
    fate.dead = true;
    fate.pending = FaultKind::none;
    ++fate.befallen;
  } else {
    sync_.agent_ends(agent.now.context.id,
                     static_cast<std::int32_t>((agent.now.context.a & 0xff) << 8));
  }
  agent.now.run_state = RunState::finished;
}

void FiberMachine::audit(bool on) {
  audit_ = on ? std::optional<Audit>(shared_.bytes()) : std::nullopt;
}

bool FiberMachine::passes_audit() {
  const auto changed = audit_ ? audit_->unannounced_change(executed_) : std::nullopt;
  if (!changed) return true;
  violation_ = "byte " + std::to_string(*changed) +
               " of shared memory changed without an announced write: the instrumentation "
               "missed a step";
  return false;
}

Effect FiberMachine::take(Agent& agent, FaultKind befalls, bool by_timeout) {
  if (unwatched_stacks_ != 0) return Effect::unwatched;
  const Effect effect = perform_pending(agent, befalls, by_timeout);
  return unwatched_stacks_ == 0 ? effect : Effect::unwatched;
}

Effect FiberMachine::perform_pending(Agent& agent, FaultKind befalls, bool by_timeout) {
  begin_step(agent, befalls, by_timeout);
  if (executed_.action == Action::finished || executed_.action == Action::died) {
    end(agent);
    if (graph_) end_way({});
    return Effect::stepped;
  }
  const auto way = graph_ ? begin_way(agent) : ExecutionGraph::Way{};
  const Access first = executed_.accesses[0];
  const bool has_values =
      executed_.count > 0 && first.address < nowhere && is_memory_action(executed_.action);
  if (has_values) executed_.before = digest(first.address, first.bytes);
  // Of any of these it may turn out that it only read, or left on its own stack what lay there, as
  // a polling loop does with the value that it has loaded: who changes that wakes it.
  const bool may_only_read = has_values &&
                             (first.reads || !first.writes || leaves_on_own_stack(executed_)) &&
                             executed_.fault == FaultKind::none;
  chain(agent, may_only_read);
  if (audit_) audit_->begin();
  // An exception in flight, caught or not yet, lies in memory of the language's run-time.
  const auto& in_flight = agent.now.context.exception_globals;
  const bool throws = in_flight[0] != nullptr || in_flight[1] != nullptr;
  agent.now.context.private_effect = false;
  agent.now.spin.held = SpinLoop::Held::no;
  if (!touches_memory_of_all() && (uses_ended_frame(agent) || uses_what_is_not_there(agent)))
    return Effect::violation;
  if (executed_.action == Action::fork && agents_count_ >= max_threads_) {
    meet_limit(agent, "more than " + std::to_string(max_threads_) +
                          " processes are forked (--max-threads)");
    return Effect::limit;
  }
  perform(agent);
  note_orders(agent.now.context);
  if (!violation_.empty()) {
    show_newest(first);
    agent.now.run_state = RunState::gave_up;
    return Effect::violation;
  }
  if (runtime_.stacks.shared != 0) note_known_stack(agent.now.context);
  if (executed_.action == Action::fork) fork_agent(agent);
  if (!is_memory_action(executed_.action)) {
    note_joined(agent.now);
    executed_.after = agent.now.context.result;
  }
  const bool goes_on = run_to_next_step(agent);
  if (throws || agent.now.context.private_effect) undo_log_.seal();
  if (has_values) executed_.after = digest(first.address, first.bytes);
  if (agent.now.run_state == RunState::finished) executed_.add_end(executed_.agent);
  if (graph_) end_way(way);
  ++shared_steps_;
  if (!goes_on) return broken_off();
  note_step();
  const bool only_read =
      may_only_read && (!executed_.writes() || executed_.before == executed_.after);
  const Effect effect = settle(agent, only_read);
  if (effect == Effect::stepped) meet_fault(agent);
  if (graph_ && effect == Effect::no_effect) graph_->cut(undo_log_.last().events);
  // Threads that the step created have run to their first one.
  if (effect != Effect::violation && !passes_audit()) return Effect::violation;
  return effect;
}

void FiberMachine::begin_step(Agent& agent, FaultKind befalls, bool by_timeout) {
  keep(agent, befalls == FaultKind::death ? Action::died : agent.now.pending.action);
  if (befalls != FaultKind::none) {
    agent.now.faults.pending = befalls;
    describe(agent);
  }
  executed_ = agent.now.pending;
  if (!is_memory_action(executed_.action)) {
    keep_memory(executed_);  // the objects' own bytes
    tries_ |= only_tries(agent.now.context);
  }
  executed_.by_timeout = by_timeout;
  ++agent.now.faults.steps;
  if (by_timeout && agent.now.run_state == RunState::awaiting) {
    ++agent.now.spin.released;
    agent.now.spin.count = 0;
  }
}

// The step's record follows the agent's earlier ones, and those of its reads.
void FiberMachine::chain(Agent& agent, bool may_only_read) {
  UndoLog::Record& record = undo_log_.last();
  record.previous_own = agent.now.last_own;
  agent.now.last_own = undo_log_.size() - 1;
  ++agent.now.own;
  if (!may_only_read) return;
  record.seen = executed_.before;
  record.previous_read = agent.now.last_read;
  agent.now.last_read = undo_log_.size() - 1;
  ++agent.now.reads;
}

}  // namespace minusone
