#include "stress/fibers/fiber_machine.h"

#include <cxxabi.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "protocol/check.h"
#include "stress/fibers/agent_signals.h"
#include "stress/instrument/runtime.h"
#include "stress/sync/family.h"
#include "stress/sync/memory/memory_steps.h"

namespace minusone {

namespace {

constexpr std::size_t heap_bytes = 256 * 1024;
constexpr std::size_t load_heap_bytes = 1024 * 1024;

}  // namespace

FiberMachine::FiberMachine(bool processes) : processes_(processes) {
  sync_.set_processes(processes);
  sync_.set_threads(&threads_);
  std::span<std::byte> loading;
  if (processes) {
    load_heap_ = std::make_unique<SharedArena>(load_heap_bytes);
    loading = load_heap_->bytes();
  } else {
    heap_ = std::make_unique<SharedArena>(max_agents * heap_bytes + load_heap_bytes);
    loading = heap_->bytes().subspan(max_agents * heap_bytes);
  }
  runtime_.load_heap = {loading.data(), loading.data(), loading.data() + loading.size()};
  catch_faults();
  runtime_.loading.perform = [](void* machine, Context& call) {
    return static_cast<FiberMachine*>(machine)->perform_while_loading(call);
  };
  runtime_.loading.machine = this;
  runtime_.stacks = {reinterpret_cast<std::uintptr_t>(stacks_.all().data()), stacks_.all().size(),
                     AgentStacks::stride, 0};
}

FiberMachine::~FiberMachine() = default;

std::optional<std::pair<int, std::size_t>> FiberMachine::stack_offset(std::uint64_t address) const {
  const auto offset = address - reinterpret_cast<std::uint64_t>(stacks_.all().data());
  if (offset >= stacks_.all().size()) return std::nullopt;
  const int owner = static_cast<int>(offset / AgentStacks::stride);
  return std::pair{owner, reinterpret_cast<std::uint64_t>(stacks_.high(owner)) - address};
}

void FiberMachine::separate_tls(std::size_t module, std::span<const std::byte> start) {
  tls_module_ = module;
  tls_start_ = start;
}

void FiberMachine::share(std::span<std::byte> memory, std::span<std::byte> globals) {
  shared_[0] = memory;
  sync_.set_room(memory);
  if (heap_ != nullptr) shared_[1] = heap_->bytes();
  for (int i = 0; i < 2; ++i) {
    runtime_.shared[i] = {reinterpret_cast<std::uintptr_t>(shared_[i].data()), shared_[i].size()};
  }
  runtime_.shared[2] = {reinterpret_cast<std::uintptr_t>(globals.data()), globals.size()};
}

void FiberMachine::set_rules(const StepRules& rules) {
  runtime_.copy_steps = rules.copy_steps;
  runtime_.stacks.shared = rules.shared_stacks;
  fair_rounds_ = rules.fair_rounds;
}

bool FiberMachine::is_shared(const Access& access) const {
  if (is_kernel_object(access.address)) return true;  // the kernel's objects are everybody's
  const std::uint64_t address = object_at(access.address);
  for (const SharedRange& range : runtime_.shared) {
    if (address - range.base < range.bytes) return true;
  }
  const auto on_stack = stack_offset(address);
  return on_stack && (runtime_.stacks.shared >> on_stack->first & 1) != 0;
}

std::span<std::byte> FiberMachine::heap_of(int agent) {
  if (heap_ != nullptr)
    return heap_->bytes().subspan(static_cast<std::size_t>(agent) * heap_bytes, heap_bytes);
  auto& heap = agent_at(agent).heap;
  heap.resize(heap_bytes);
  return heap;
}

void FiberMachine::remember() {
  start_.assign(shared_[0].begin(), shared_[0].end());
  written_.clear();
  sync_.remember();
}

void FiberMachine::restore_shared() {
  const auto low = reinterpret_cast<std::uint64_t>(shared_[0].data());
  for (const Written& range : written_) {
    const std::uint64_t offset = range.address - low;
    if (offset < shared_[0].size()) {
      const std::size_t bytes = std::min<std::size_t>(range.bytes, shared_[0].size() - offset);
      std::memcpy(shared_[0].data() + offset, start_.data() + offset, bytes);
    }
  }
  written_.clear();
}

void FiberMachine::note_written(const Step& step) {
  for (int i = 0; i < step.count; ++i) {
    const Access& access = step.accesses[static_cast<std::size_t>(i)];
    if (!access.writes || access.address >= nowhere) continue;
    if (!written_.empty() && written_.back().address == access.address &&
        written_.back().bytes == access.bytes) {
      continue;
    }
    written_.push_back({access.address, access.bytes});
  }
}

FiberMachine::Agent& FiberMachine::prepare(int index, void (*body)(void*), void* argument) {
  while (agents_.size() <= static_cast<std::size_t>(index)) {
    const int made = static_cast<int>(agents_.size());
    agents_.push_back(std::make_unique<Agent>());
    agents_.back()->low = stacks_.low(made);
    agents_.back()->deepest = stacks_.high(made);
  }
  Agent& agent = agent_at(index);
  std::byte* const high = stacks_.high(index);
  agent.now = Standing{};
  Context& context = agent.now.context;
  context.id = index;
  context.body = body;
  context.argument = argument;
  context.stack_low = agent.low;
  context.stack_high = context.known_low = high;
  const auto heap = heap_of(index);
  context.heap_low = context.heap_next = heap.data();
  context.heap_high = heap.data() + heap.size();
  // Dead slots of a frame would otherwise differ from execution to execution, and with them whether
  // a wait is recognised.
  std::fill(agent.used(), high, std::byte{0});
  // Thread-local variables lie on the stack, so that they belong to the state that is compared.
  std::byte* top = high;
  if (!tls_start_.empty()) {
    top -= (tls_start_.size() + 63) & ~std::size_t{63};
    std::copy(tls_start_.begin(), tls_start_.end(), top);
    context.tls_module = tls_module_;
    context.tls = top;
  }
  // Six registers, the first code, and a caller that is none: rsp is 8 mod 16 where it begins.
  auto* const stack = reinterpret_cast<std::uint64_t*>(top) - 10;
  stack[6] = reinterpret_cast<std::uint64_t>(&minusone_fiber_main);
  context.stack = stack;
  agent.now.rest = Rest::pending;
  return agent;
}

int FiberMachine::add_agent(void (*body)(void*), void* argument) {
  prepare(agents_count_, body, argument);
  return agents_count_++;
}

int FiberMachine::add_thread(std::uint64_t, std::uint64_t) { return -EAGAIN; }

void FiberMachine::resume(Agent& agent) {
  // Exceptions in flight and errno belong to the agent, not to the process that carries it.
  auto* const globals = reinterpret_cast<void**>(abi::__cxa_get_globals());
  void* const mine[2] = {globals[0], globals[1]};
  globals[0] = agent.now.context.exception_globals[0];
  globals[1] = agent.now.context.exception_globals[1];
  errno = agent.now.context.error;
  ++runtime_.watch.resumes;
  const RuntimeScope here(runtime_);
  runtime_.current = &agent.now.context;
  minusone_resume(&agent.now.context);
  runtime_.current = nullptr;
  agent.now.context.error = errno;
  agent.now.context.exception_globals[0] = globals[0];
  agent.now.context.exception_globals[1] = globals[1];
  globals[0] = mine[0];
  globals[1] = mine[1];
}

void FiberMachine::fail(Agent& agent) {
  const char* const text = reinterpret_cast<const char*>(agent.now.context.a);
  const auto fault = static_cast<ViolationCause>(agent.now.context.b);
  violation_ =
      fault == ViolationCause::assertion ? std::string("an assertion failed: ") + text : text;
  hangs_ = fault == ViolationCause::hangs;
  agent.now.rest = Rest::gave_up;
}

// Announcements that are no steps of their own. @return false when it is a step after all
bool FiberMachine::absorb(Agent& agent) {
  Context& context = agent.now.context;
  if (context.action() == Action::spawn) {
    publish_stack(context);  // the argument
    context.result = static_cast<std::uint64_t>(static_cast<std::int64_t>(
        agents_count_ < max_agents ? add_thread(context.a, context.b) : -EAGAIN));
    return true;
  }
  return false;
}

// @return false after a violation, or where a stack turns out to be shared
bool FiberMachine::run_to_next_step(Agent& agent) {
  do {
    resume(agent);
  } while (absorb(agent));
  agent.deepest = std::min(agent.deepest, reinterpret_cast<std::byte*>(agent.now.context.stack));
  switch (agent.now.context.action()) {
    case Action::violation:
      fail(agent);
      return false;
    case Action::foreign_stack:
      if (!processes_) {
        unwatched_stacks_ |= runtime_.stacks.shared | 1u << agent.now.context.a;
        agent.now.rest = Rest::gave_up;
        return false;
      }
      violation_ = "an access to another process's stack: there, the address means something else";
      agent.now.rest = Rest::gave_up;
      return false;
    case Action::finished:
      agent.now.rest = Rest::finished;
      if (agent.now.context.b != 0 && agent.now.context.a != 0 && !exits_may_fail_) {
        const auto status = std::to_string(agent.now.context.a);
        violation_ = agent.now.context.b == 1 ? "exit(" + status + ") was called"
                                              : "main() returned " + status;
        return false;
      }
      // What an exit undoes others may see, and where its stack was: then it is a step of its own.
      if (gives_up_stack(agent.now.context) ||
          sync_.undone_by_end(agent.now.context.id).count > 0) {
        agent.now.rest = Rest::pending;
        describe(agent);
      }
      return unwatched_stacks_ == 0;
    default:
      agent.now.rest = Rest::pending;
      describe(agent);
      return unwatched_stacks_ == 0;
  }
}

bool FiberMachine::start_new_agents() {
  while (started_ < agents_count_) {
    Agent& agent = agent_at(started_++);
    if (!run_to_next_step(agent)) return false;
    meet_fate(agent);
  }
  return true;
}

void FiberMachine::reset() {
  restore_shared();
  sync_.restart();
  journal_.clear();
  timed_out_.clear();
  violation_.clear();
  agents_count_ = 0;
  started_ = 0;
  begin();
  executed_ = {};
  if (audit_) audited_.assign(shared_[0].begin(), shared_[0].end());
  if (start_new_agents() && audit_) audit_finds_change();
}

bool FiberMachine::run_alone(void (*body)(void*), void* argument) {
  violation_.clear();
  Agent& agent = prepare(0, body, argument);
  while (run_to_next_step(agent) && agent.now.context.action() != Action::finished) {
    if (!is_memory_action(agent.now.context.action()) && !sync_.enabled(agent.now.context)) {
      violation_ = "init() waits, and there is nobody to wake it";
      return false;
    }
    executed_ = agent.now.pending;
    perform(agent);
  }
  return violation_.empty();
}

// A module's destructors come here as well, when it is unloaded: they wait for nobody.
std::uint64_t FiberMachine::perform_while_loading(Context& call) {
  const bool goes_on = is_memory_action(call.action()) || sync_.enabled(call);
  if (!goes_on && !minusone_runtime->loading.in_constructors) return 0;
  if (!goes_on) runtime::end_loading("it waits, and there is nobody to wake it");
  if (is_memory_action(call.action())) return 0;  // no agent runs: an access is no step
  return static_cast<std::uint64_t>(sync_.perform(call));
}

void FiberMachine::describe(Agent& agent) {
  const RuntimeScope here(runtime_);  // what is shared
  const Context& context = agent.now.context;
  Step& step = agent.now.pending;
  step.agent = static_cast<std::uint8_t>(context.id);
  step.action = context.action();
  step.order = static_cast<std::uint8_t>(context.order());
  step.count = 0;
  step.pc = context.pc;
  step.fault = agent.now.fate.pending;
  if (step.fault == FaultKind::death) return describe_death(context, step);
  if (is_memory_action(step.action)) {
    describe_memory_step(context, step);
    if (step.fault == FaultKind::weak_cas) step.accesses[0].writes = false;
    return;
  }
  if (step.action == Action::finished) return describe_end(context.id, step);
  const Call& call = call_of(step.action);
  call.touches(context, step);
  add_object_on_stack(step);
  if (step.fault == FaultKind::none) return;
  // An agent that leaves a queue by itself changes the queue. Another that gives up has looked
  // whether it would wait, and takes nothing.
  if (call.waiting->queue != nullptr) {
    calls::touches_queue(context, step);
  } else {
    step.accesses[0].writes = false;
  }
}

// An object whose queue a step touches, and not its bytes, is used all the same: its frame must not
// have ended. A lock or a semaphore on another's stack makes that a shared one, too.
void FiberMachine::add_object_on_stack(Step& step) {
  for (int i = 0; i < step.count; ++i) {
    const Access access = step.accesses[static_cast<std::size_t>(i)];
    const std::uint64_t object = object_at(access.address);
    const auto on_stack = stack_offset(object);
    if (processes_ || !on_stack) continue;
    const std::uint32_t owner = std::uint32_t{1} << on_stack->first;
    if (on_stack->first != step.agent && (runtime_.stacks.shared & owner) == 0)
      unwatched_stacks_ |= runtime_.stacks.shared | owner;
    if (object != access.address) return step.add(object, 1, true, false);
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
    throw std::length_error("an agent's end undoes more than three objects: too many to model");
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

// The agent on whose stack the step has used what is not there any more; -1: nobody's. A frame that
// ended is known to nobody: `known_low` was raised above it, until a later frame of the same place
// may be known again.
int FiberMachine::owner_of_ended_frame(const Step& step) const {
  for (int i = 0; runtime_.stacks.shared != 0 && i < step.count; ++i) {
    const std::uint64_t address = step.accesses[static_cast<std::size_t>(i)].address;
    const auto on_stack = stack_offset(object_at(address));
    if (!on_stack || on_stack->first == step.agent || on_stack->first >= agents_count_) continue;
    const Standing& owner = agent_at(on_stack->first).now;
    const bool is_over = owner.rest == Rest::finished &&
                         owner.context.action() == Action::finished && owner.context.b == 0;
    if (is_over || address < reinterpret_cast<std::uint64_t>(owner.context.known_low))
      return on_stack->first;
  }
  return -1;
}

AgentState FiberMachine::state(int index) const {
  const Agent& agent = agent_at(index);
  if (agent.now.rest == Rest::finished) return AgentState::finished;
  if (agent.now.rest == Rest::gave_up) return AgentState::blocked;
  if (agent.now.rest == Rest::awaiting && is_held_back(agent.now)) return AgentState::blocked;
  return can_go_on(agent) ? AgentState::ready : AgentState::blocked;
}

// Whether the pending step can be performed, wherever its agent is in a loop.
bool FiberMachine::can_go_on(const Agent& agent) const {
  if (agent.now.fate.pending != FaultKind::none) return can_befall(agent);
  const Context& context = agent.now.context;
  return is_memory_action(context.action()) || sync_.enabled(context);
}

void FiberMachine::perform(Agent& agent) {
  const RuntimeScope here(runtime_);
  Context& context = agent.now.context;
  if (agent.now.fate.pending != FaultKind::none) {
    befall(agent);
  } else if (is_memory_action(context.action())) {
    perform_memory_step(context, executed_);
    note_written(executed_);
  } else {
    context.result = static_cast<std::uint64_t>(sync_.perform(context));
    call_of(context.action()).narrow(sync_, context, executed_);
  }
}

// Keeps what the agent's pending step may change, or its death in place of it.
void FiberMachine::keep(const Agent& agent, Action action) {
  const Step& step = agent.now.pending;
  Journal::Record& record = journal_.begin(agent.now, agent.used(), agents_count_);
  record.written = static_cast<std::uint32_t>(written_.size());
  if (!is_memory_action(action)) {
    record.synchronises = true;
    sync_.push();
    return;
  }
  for (int i = 0; i < step.count; ++i) {
    const Access& access = step.accesses[static_cast<std::size_t>(i)];
    if (access.writes) {
      journal_.keep({reinterpret_cast<std::byte*>(access.address), access.bytes});
    }
  }
}

bool FiberMachine::rewind(int mark) {
  if (mark == journal_.size()) return true;
  MINUSONE_CHECK(0 <= mark && mark < journal_.size(), "a machine goes back to where it has been");
  if (!journal_.can_take_back_to(mark)) return false;
  while (journal_.size() > mark) {
    const Journal::Record& record = journal_.take_back();
    agent_at(record.before.context.id).now = record.before;
    if (record.synchronises) sync_.pop();
    agents_count_ = started_ = record.agents;
    written_.resize(record.written);
  }
  while (!timed_out_.empty() && timed_out_.back().record >= mark) timed_out_.pop_back();
  violation_.clear();
  return true;
}

void FiberMachine::end(Agent& agent) {
  Fate& fate = agent.now.fate;
  if (executed_.action == Action::died) {
    sync_.agent_dies(agent.now.context);
    fate.dead = true;
    fate.pending = FaultKind::none;
    ++fate.befallen;
  } else {
    sync_.agent_ends(agent.now.context.id);
  }
  agent.now.rest = Rest::finished;
}

Effect FiberMachine::take(Agent& agent, FaultKind befalls, bool by_timeout) {
  if (unwatched_stacks_ != 0) return Effect::unwatched;
  const Effect effect = perform_pending(agent, befalls, by_timeout);
  return unwatched_stacks_ == 0 ? effect : Effect::unwatched;
}

Effect FiberMachine::perform_pending(Agent& agent, FaultKind befalls, bool by_timeout) {
  keep(agent, befalls == FaultKind::death ? Action::died : agent.now.pending.action);
  if (befalls != FaultKind::none) {
    agent.now.fate.pending = befalls;
    describe(agent);
  }
  executed_ = agent.now.pending;
  executed_.by_timeout = by_timeout;
  ++agent.now.fate.steps;
  tries_ |= only_tries(agent.now.context);
  if (by_timeout && agent.now.rest == Rest::awaiting) {
    ++agent.now.rounds.released;
    agent.now.rounds.count = 0;
  }
  if (executed_.action == Action::finished || executed_.action == Action::died) {
    end(agent);
    return Effect::stepped;
  }
  journal_.last().previous_own = agent.now.last_own;
  agent.now.last_own = journal_.size() - 1;
  ++agent.now.own;
  Access& first = executed_.accesses[0];
  const bool in_memory = executed_.count > 0 && first.address < nowhere;
  const bool has_values = in_memory && is_memory_action(executed_.action);
  if (has_values) executed_.before = digest(first.address, first.bytes);
  // Of any of these it may turn out that it only read.
  const bool may_only_read =
      has_values && (first.reads || !first.writes) && executed_.fault == FaultKind::none;
  if (may_only_read) {
    Journal::Record& record = journal_.last();
    record.seen = executed_.before;
    record.previous_read = agent.now.last_read;
    agent.now.last_read = journal_.size() - 1;
    ++agent.now.reads;
  }
  if (audit_) {
    audited_.assign(shared_[0].begin(), shared_[0].end());
  }
  // An exception in flight, caught or not yet, lies in memory of the language's run-time.
  const auto& in_flight = agent.now.context.exception_globals;
  bool may_be_taken_back = in_flight[0] == nullptr && in_flight[1] == nullptr;
  agent.now.context.private_effect = false;
  agent.now.rounds.held = Rounds::Held::no;
  if (const int owner = owner_of_ended_frame(executed_); owner >= 0) {
    agent.now.rest = Rest::gave_up;
    violation_ = "an access to the stack of " +
                 (owner == 0 ? "main" : "thread " + std::to_string(owner)) +
                 ", where the function had returned or the thread had ended";
    return Effect::violation;
  }
  perform(agent);
  if (is_frame_end(executed_.action)) {
    agent.now.context.known_low =
        reinterpret_cast<const std::byte*>(executed_.accesses[0].address + first.bytes);
  } else if (executed_.writes()) {
    publish_stack(agent.now.context);
  }
  if (!is_memory_action(executed_.action)) executed_.after = agent.now.context.result;
  const bool goes_on = run_to_next_step(agent);
  may_be_taken_back &= !agent.now.context.private_effect;
  if (!may_be_taken_back) journal_.seal();
  if (has_values) executed_.after = digest(first.address, first.bytes);
  ++shared_steps_;
  if (!goes_on) return Effect::violation;
  note_step();
  const bool only_read =
      may_only_read && (!executed_.writes() || executed_.before == executed_.after);
  const Effect effect = settle(agent, only_read);
  if (effect == Effect::stepped) meet_fate(agent);
  // Threads that the step created have run to their first one.
  if (effect != Effect::violation && audit_ && audit_finds_change()) return Effect::violation;
  if (agent.now.rest == Rest::finished) executed_.add_end(executed_.agent);
  return effect;
}

// Judges where the agent has arrived: at a new place, or in a wait.
Effect FiberMachine::settle(Agent& agent, bool only_read) {
  if (!only_read || agent.now.context.private_effect) agent.now.reads = 0;
  if (agent.now.context.private_effect) agent.now.own = 0;
  if (started_ < agents_count_) {
    agent.now.reads = agent.now.own = 0;
    executed_.first_created = static_cast<std::uint8_t>(started_);
    executed_.created = static_cast<std::uint8_t>(agents_count_ - started_);
    if (!start_new_agents()) return Effect::violation;
  }
  if (agent.now.rest == Rest::finished) return Effect::stepped;
  agent.now.assumes = agent.now.context.action() == Action::assume_failed;
  if (agent.now.assumes) {
    if (agent.now.reads > 0) return wait_at_last_read(agent);
    agent.now.rest = Rest::gave_up;
    return Effect::stepped;
  }
  if (!recognises_waits_) return Effect::stepped;
  if (agent.now.reads > 0 && journal_.find(agent.now) >= 0) return wait_at_last_read(agent);
  note_round(agent.now.rounds, only_read && !agent.now.context.private_effect);
  if (!waits_in_round(agent.now)) hold_if_unfair(agent.now);
  return Effect::stepped;
}

Effect FiberMachine::wait_at_last_read(Agent& agent) {
  const Journal::Record& record = journal_.step_back(agent.now);
  agent.now.pending = record.before.pending;
  agent.now.rest = Rest::awaiting;
  agent.now.seen = record.seen;
  return Effect::no_effect;
}

bool FiberMachine::process_exits() const {
  for (int agent = 0; agent < agents_count_ && !processes_; ++agent) {
    const Standing& now = agent_at(agent).now;
    if (now.rest == Rest::finished && now.context.action() == Action::finished &&
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
  return !processes_ && throttles();
}

bool FiberMachine::assumes(int index) const {
  return state(index) == AgentState::blocked && agent_at(index).now.assumes;
}

bool FiberMachine::is_stale(int index) const {
  const Agent& agent = agent_at(index);
  if (agent.now.rest != Rest::awaiting) return false;
  bool stale = false;
  journal_.for_each_read(agent.now, [&](int i) {
    const Journal::Record& record = journal_.at(i);
    const Access& access = record.before.pending.accesses[0];
    return stale = digest(access.address, access.bytes) != record.seen;
  });
  return stale;
}

bool FiberMachine::audit_finds_change() {
  for (std::size_t at = 0; at < audited_.size(); ++at) {
    if (shared_[0][at] == audited_[at]) continue;
    const auto address = reinterpret_cast<std::uint64_t>(shared_[0].data() + at);
    bool announced = false;
    for (int j = 0; j < executed_.count; ++j) {
      const Access& access = executed_.accesses[static_cast<std::size_t>(j)];
      announced |= access.writes && address - access.address < access.bytes;
    }
    if (announced) continue;
    violation_ = "byte " + std::to_string(at) +
                 " of shared memory changed without an announced write: the instrumentation "
                 "missed a step";
    return true;
  }
  return false;
}

}  // namespace minusone
