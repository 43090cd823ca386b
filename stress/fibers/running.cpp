// Agents run: from nothing, or from one announcement, to the next. Methods of FiberMachine.
#include <cxxabi.h>

#include <algorithm>
#include <bit>
#include <cerrno>

#include "stress/fibers/agent_signals.h"
#include "stress/fibers/fiber_machine.h"
#include "stress/instrument/heap_block.h"
#include "stress/instrument/runtime.h"
#include "stress/machine/end_of_work.h"
#include "stress/sync/memory/memory_steps.h"

namespace minusone {

// @param again  another has had the number in this execution: what it allocated stays
FiberMachine::Agent& FiberMachine::prepare(int index, void (*body)(void*), void* argument,
                                           bool again) {
  while (agents_.size() <= static_cast<std::size_t>(index)) {
    const int made = static_cast<int>(agents_.size());
    agents_.push_back(std::make_unique<Agent>());
    agents_.back()->low = stacks_.low(made);
    agents_.back()->deepest = stacks_.high(made);
  }
  Agent& agent = agent_at(index);
  std::byte* const high = stacks_.high(index);
  const AgentSnapshot before = agent.now;
  const auto heap = shared_.heap_of(index);
  if (!again && before.context.heap_next != nullptr) {
    forget_blocks(runtime_.heaps, heap.data(),
                  heap.data() + (before.context.heap_next - before.context.heap_low));
  }
  agent.now = AgentSnapshot{};
  Context& context = agent.now.context;
  context.id = context.program = index;
  context.body = body;
  context.argument = argument;
  context.stack_low = agent.low;
  context.stack_high = context.known_low = high;
  context.heap_low = context.heap_next = heap.data();
  context.heap_high = heap.data() + heap.size();
  if (again) {
    context.heap_next = before.context.heap_next;
    context.last_block = before.context.last_block;
    agent.now.faults = before.faults;
  }
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
  agent.now.run_state = RunState::pending;
  return agent;
}

int FiberMachine::add_agent(void (*body)(void*), void* argument, int number) {
  prepare(number, body, argument, number < agents_count_);
  agents_count_ = std::max(agents_count_, number + 1);
  unstarted_ |= only(number);
  executed_.created |= only(number);
  return number;
}

void FiberMachine::add_thread(int, std::uint64_t, std::uint64_t) {}

void FiberMachine::resume(Agent& agent) {
  // Exceptions in flight and errno belong to the agent, not to the process that carries it.
  auto* const globals = reinterpret_cast<void**>(abi::__cxa_get_globals());
  void* const mine[2] = {globals[0], globals[1]};
  globals[0] = agent.now.context.exception_globals[0];
  globals[1] = agent.now.context.exception_globals[1];
  errno = agent.now.context.error;
  ++runtime_.watch.resumes;
  const RuntimeScope here(runtime_);
  const bool is_forked = agent.now.context.parent >= 0;
  if (is_forked) {
    exchange_with_program(agent);
    runtime_.moved = agent.moved.data();
    runtime_.moved_count = static_cast<int>(agent.moved.size());
  }
  if (views_ != nullptr) look_from(agent.now.context.program);
  runtime_.current = &agent.now.context;
  minusone_resume(&agent.now.context);
  runtime_.current = nullptr;
  if (views_ != nullptr) look_from(-1);
  note_depth(agent);
  if (is_forked) {
    exchange_with_program(agent);
    runtime_.moved = nullptr;
  }
  agent.now.context.error = errno;
  agent.now.context.exception_globals[0] = globals[0];
  agent.now.context.exception_globals[1] = globals[1];
  globals[0] = mine[0];
  globals[1] = mine[1];
}

void FiberMachine::fail(Agent& agent) {
  const char* const text = reinterpret_cast<const char*>(agent.now.context.a);
  const auto fault = static_cast<ViolationCause>(agent.now.context.b);
  const AgentSet itself = only(agent.now.context.id);
  if (fault == ViolationCause::hangs && !processes_ && agents_count_ > 1 &&
      (runtime_.stacks.shared & itself) == 0) {
    // Its loop may look at its own stack, and others who know that have not come to write there.
    unwatched_stacks_ |= runtime_.stacks.shared | itself;
    agent.now.run_state = RunState::gave_up;
    return;
  }
  violation_ =
      fault == ViolationCause::assertion ? std::string("an assertion failed: ") + text : text;
  if (fault == ViolationCause::over) throw WorkIsOver();
  if (fault == ViolationCause::not_modelled) throw NotModelled(text);
  hangs_ = fault == ViolationCause::hangs;
  agent.now.run_state = RunState::gave_up;
}

// Announcements that are no steps of their own. @return false when it is a step after all
bool FiberMachine::absorb(Agent& agent) {
  Context& context = agent.now.context;
  if (context.action() == Action::spawn) {
    publish_stack(context);  // the argument
    const int number = processes_ ? -1 : number_for_thread(agent.now);
    if (number < 0) {
      meet_limit(agent, processes_
                            ? "one of several processes creates a thread, which is not modelled"
                            : "more than " + std::to_string(max_threads_) +
                                  " threads are alive at once (--max-threads)");
      return false;
    }
    add_thread(number, context.a, context.b);
    context.result = static_cast<std::uint64_t>(number);
    return true;
  }
  return false;
}

// @return false after a violation, or where a stack turns out to be shared
bool FiberMachine::run_to_next_step(Agent& agent) {
  do {
    resume(agent);
  } while (absorb(agent));
  switch (agent.now.context.action()) {
    case Action::violation:
      fail(agent);
      return false;
    case Action::spawn:
      return false;  // a limit was met
    case Action::limit_met:
      meet_limit(agent, "one agent asks for more than " + std::to_string(runtime_.heaps.stride) +
                            " bytes of memory (--max-memory)");
      return false;
    case Action::foreign_stack:
      unwatched_stacks_ |= runtime_.stacks.shared | only(static_cast<int>(agent.now.context.a));
      agent.now.run_state = RunState::gave_up;
      return false;
    case Action::bad_access:
      end_in_memory_fault(agent);
      return false;
    case Action::finished:
      agent.now.run_state = RunState::finished;
      if (agent.now.context.b != 0 && agent.now.context.a != 0 && !exits_may_fail_) {
        const auto status = std::to_string(agent.now.context.a);
        violation_ = agent.now.context.b == 1 ? "exit(" + status + ") was called"
                                              : "main() returned " + status;
        return false;
      }
      // What an exit undoes others may see, and where its stack was: then it is a step of its own.
      if (gives_up_stack(agent.now.context) ||
          sync_.undone_by_end(agent.now.context.id).count > 0) {
        agent.now.run_state = RunState::pending;
        describe(agent);
      }
      return unwatched_stacks_ == 0;
    default:
      agent.now.run_state = RunState::pending;
      if (orders_ != nullptr) replace_orders(agent.now.context);
      describe(agent);
      return unwatched_stacks_ == 0;
  }
}

bool FiberMachine::start_new_agents() {
  while (unstarted_ != 0) {
    Agent& agent = agent_at(std::countr_zero(unstarted_));
    unstarted_ &= unstarted_ - 1;
    if (!run_to_next_step(agent)) return false;
    meet_fault(agent);
  }
  return true;
}

void FiberMachine::reset() {
  shared_.restore();
  sync_.restart();
  undo_log_.clear();
  if (graph_) graph_->restart();
  chosen_way_ = 0;
  timed_out_.clear();
  turns_.clear();
  violation_.clear();
  limit_.clear();
  memory_fault_.reset();
  agents_count_ = 0;
  unstarted_ = 0;
  begin();
  executed_ = {};
  if (audit_) audit_->begin();
  if (start_new_agents()) passes_audit();
}

bool FiberMachine::run_alone(void (*body)(void*), void* argument) {
  violation_.clear();
  limit_.clear();
  sync_.tell_users_apart(false);  // who initialises it is done with it before the others come
  Agent& agent = prepare(0, body, argument);
  while (run_to_next_step(agent) && agent.now.context.action() != Action::finished) {
    if (!is_memory_action(agent.now.context.action()) && !sync_.enabled(agent.now.context)) {
      violation_ = "init() waits, and there is nobody to wake it";
      break;
    }
    executed_ = agent.now.pending;
    perform(agent);
    if (!violation_.empty()) break;
  }
  sync_.tell_users_apart(true);
  return violation_.empty() && limit_.empty();
}

// A module's destructors come here as well, when it is unloaded: they wait for nobody.
std::uint64_t FiberMachine::perform_while_loading(Context& call) {
  const bool goes_on = is_memory_action(call.action()) || sync_.enabled(call);
  if (!goes_on && !minusone_runtime->loading.in_constructors) return 0;
  if (!goes_on) runtime::end_loading("it waits, and there is nobody to wake it");
  if (is_memory_action(call.action())) return 0;  // no agent runs: an access is no step
  const std::int64_t result = sync_.perform(call);
  if (sync_.misuse() && minusone_runtime->loading.in_constructors) {
    violation_ = sentence_of(*sync_.misuse(), [this](int other) { return name_of(other); });
    runtime::end_loading(violation_.c_str());
  }
  return static_cast<std::uint64_t>(result);
}

}  // namespace minusone
