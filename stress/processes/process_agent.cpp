// What runs in an agent's process: its fiber, and the loop that takes the agent's turns.
#include <cxxabi.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "protocol/check.h"
#include "protocol/futex.h"
#include "stress/processes/process_machine.h"
#include "stress/sync/memory/memory_steps.h"

namespace minusone {

namespace {

constexpr int controller = -1;

void hand_to(ControlPage& page, int next) {
  page.holder = next;
  auto& word = page.turns[static_cast<std::size_t>(next)].given;
  word.store(1);
  futex_wake(word, 1);
}

void wait_for_turn(ControlPage& page, int me) {
  auto& word = page.turns[static_cast<std::size_t>(me)].given;
  while (word.exchange(0) == 0) futex_wait(word, 0);
}

}  // namespace

void ProcessMachine::serve(int me, pid_t controller_process, int life) noexcept {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != controller_process) _exit(0);  // it died before the line above
  if (settings_.debuggable) prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
  signal(SIGINT, SIG_IGN);  // Ctrl-C is for the controller, who ends the agents
  const auto memory = this->memory();
  runtime_.shared[0] = {reinterpret_cast<std::uintptr_t>(memory.data()), memory.size()};
  minusone_runtime = &runtime_;
  for (;;) {
    wait_for_turn(*page_, me);
    const int next = take_turns(me);
    if (next != controller) {
      hand_to(*page_, next);
    } else if (write(life, "t", 1) != 1) {
      _exit(1);
    }
  }
}

// @return who has the turn next
int ProcessMachine::take_turns(int me) {
  ControlPage& page = *page_;
  if (page.order == Order::exit) _exit(0);
  if (member(me).execution != page.execution) start_anew(me);
  for (;;) {
    if (page.order == Order::run && !take_step(me)) return controller;
    if (++page.next == page.length) {
      page.reply = Reply::done;
      return controller;
    }
    if (const int next = page.script[page.next]; next != me) return next;
  }
}

void ProcessMachine::start_anew(int me) {
  Member& self = member(me);
  self.execution = page_->execution;
  runtime_.copy_steps = page_->copy_steps;
  for (const auto& objects : real_objects_) {
    if (objects != nullptr) objects->restart_in_process();
  }
  std::memset(abi::__cxa_get_globals(), 0, 2 * sizeof(void*));
  restart(me);
  // Dead slots of a frame would otherwise differ from execution to execution.
  std::fill(std::max(self.deepest - 512, stacks_.low(me)), stacks_.high(me), std::byte{0});
  self.context = Context{};
  Context& context = self.context;
  context.id = context.program = me;
  context.body = self.body;
  context.argument = self.argument;
  context.stack_low = stacks_.low(me);
  context.stack_high = stacks_.high(me);
  context.heap_low = context.heap_next = self.heap.data();
  context.heap_high = self.heap.data() + self.heap.size();
  // As in FiberMachine::prepare().
  context.stack = reinterpret_cast<std::uint64_t*>(stacks_.high(me)) - 10;
  context.stack[6] = reinterpret_cast<std::uint64_t>(&minusone_fiber_main);
  set_up(me, context);
  run_to_next(me);
}

void ProcessMachine::run_to_next(int me) {
  Member& self = member(me);
  do {
    if (self.context.action() == Action::spawn)
      self.context.result = static_cast<std::uint64_t>(-EAGAIN);
    errno = self.context.error;
    runtime_.current = &self.context;
    minusone_resume(&self.context);
    runtime_.current = nullptr;
    self.context.error = errno;
  } while (self.context.action() == Action::spawn);
  self.deepest = std::min(self.deepest, reinterpret_cast<std::byte*>(self.context.stack));
  announce(me);
}

void ProcessMachine::announce(int me) {
  Context& context = member(me).context;
  AnnouncedCall& call = page_->calls[static_cast<std::size_t>(me)];
  call.code = context.code;
  call.a = context.a;
  call.b = context.b;
  call.c = context.c;
  call.d = context.d;
  call.e = context.e;
  const Carriage* const carriage = call_of(context.action()).real->carriage;
  if (carriage != nullptr && !carriage->when_asked && !carry(me)) {
    context.code = call.code = code_of(Action::violation);
    call.a = reinterpret_cast<std::uint64_t>(carriage->too_much);
    call.b = 0;
  }
  Step& step = page_->pending[static_cast<std::size_t>(me)];
  step.agent = static_cast<std::uint8_t>(me);
  step.action = context.action();
  step.order = static_cast<std::uint8_t>(context.order());
  step.count = 0;
  step.pc = context.pc;
  step.before = step.after = 0;
  is_memory_action(step.action) ? describe_memory_step(context, step)
                                : call_of(step.action).touches(context, step);
  announcing(me, context);
}

// Takes along what the call's pointers lead to. @return false where that is too much
bool ProcessMachine::carry(int me) {
  const Context& context = member(me).context;
  auto& room = page_->calls[static_cast<std::size_t>(me)].carried;
  const auto pack = call_of(context.action()).real->carriage->pack;
  return pack(context, real_objects_of(context.action()), room) <= room.size();
}

// @return false where the turn goes back to the controller
bool ProcessMachine::take_step(int me) {
  ControlPage& page = *page_;
  Member& self = member(me);
  const Action action = self.context.action();
  const Real& real = *call_of(action).real;
  if (!page.answered && real.asks(self.context, real_objects_of(action))) {
    if (real.carriage != nullptr && real.carriage->when_asked) carry(me);
    page.reply = Reply::asks;
    return false;
  }
  if (page.taken == page.stops_at) {
    page.stops_at = ControlPage::never;
    stop_for_debugger(self);
  }
  TakenStep& taken = page.steps[page.taken];
  taken.step = page.pending[static_cast<std::size_t>(me)];
  taken.call = page.calls[static_cast<std::size_t>(me)];
  taken.modelled = page.answered;
  const Access first = taken.step.accesses[0];
  const bool has_values = is_memory_action(action) && taken.step.count > 0;
  if (has_values) taken.step.before = digest(first.address, first.bytes);
  if (!perform(self, taken)) {
    page.reply = Reply::would_block;
    return false;
  }
  page.answered = false;
  taking(me);
  run_to_next(me);
  took(me);
  if (has_values) taken.step.after = digest(first.address, first.bytes);
  ++page.taken;
  if (self.context.action() != Action::violation) return true;
  page.reply = Reply::failed;
  return false;
}

// @return false where the call would wait
bool ProcessMachine::perform(Member& self, TakenStep& taken) {
  Context& context = self.context;
  if (is_memory_action(context.action())) {
    perform_memory_step(context, taken.step);
    return true;
  }
  const Action action = context.action();
  const auto make = call_of(action).real->in_process;
  MINUSONE_CHECK(taken.modelled || make != nullptr, "somebody has to make each call");
  std::int64_t result = page_->answer;
  if (make != nullptr && (!taken.modelled || page_->has_own_part)) {
    const auto made = make(context, real_objects_of(action), page_->own_answer);
    if (!made) return false;
    if (!taken.modelled || *made != page_->own_answer) result = *made;
  }
  context.result = taken.step.after = static_cast<std::uint64_t>(result);
  return true;
}

// Puts a call of minusone_at_step() on top of the fiber, made, for all it can tell, by the code
// that has announced the step: so a debugger finds that code right above it.
void ProcessMachine::stop_for_debugger(Member& self) {
  Context& context = self.context;
  std::uint64_t* const stack = context.stack - 1;
  std::copy(context.stack, context.stack + 6, stack);
  stack[6] = reinterpret_cast<std::uint64_t>(&minusone_at_step);
  context.stack = stack;
  runtime_.current = &context;
  minusone_resume(&context);
  runtime_.current = nullptr;
}

}  // namespace minusone
