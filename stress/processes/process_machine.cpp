#include "stress/processes/process_machine.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "protocol/futex.h"
#include "protocol/os_error.h"
#include "stress/fibers/agent_signals.h"
#include "stress/modules/traced_module.h"
#include "stress/sync/memory/memory_steps.h"

namespace minusone {

namespace {

/// The first byte behind a segment's header that lies so.
std::byte* aligned(const Segment& segment, std::size_t alignment) {
  const auto first = reinterpret_cast<std::uintptr_t>(segment.payload());
  return reinterpret_cast<std::byte*>((first + alignment - 1) / alignment * alignment);
}

}  // namespace

ProcessMachine::OnOneCpu::OnOneCpu() {
  sched_getaffinity(0, sizeof before_, &before_);
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<unsigned>(std::max(sched_getcpu(), 0)), &one);
  sched_setaffinity(0, sizeof one, &one);
}

ProcessMachine::OnOneCpu::~OnOneCpu() { sched_setaffinity(0, sizeof before_, &before_); }

ProcessMachine::ProcessMachine(std::size_t bytes, const Settings& settings, std::size_t alignment)
    : settings_(settings),
      segment_(Segment::create(settings.segment, bytes + alignment - 64, log_)),
      memory_(aligned(segment_, alignment), bytes) {
  segment_.doom();
  void* const at =
      mmap(nullptr, sizeof(ControlPage), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) throw OsError(errno, "mmap", "the control page of agents in lock step");
  page_ = ::new (at) ControlPage{};
  page_->copy_steps = settings.copy_steps;
  page_->stops_at = ControlPage::never;
  for (const Family* family : families())
    real_objects_.push_back(*family->real_objects == nullptr ? nullptr
                                                             : family->real_objects(log_));
  sync_.set_processes(true);
  sync_.set_glibc(settings.glibc.value_or(running_glibc()));
  sync_.set_room(memory_);
  sync_.set_announced([this](int agent, Context& call) {
    if (agent >= agents_ || !lives(agent)) return false;
    call = context_of(page_->calls[static_cast<std::size_t>(agent)], agent);
    return true;
  });
  catch_faults();
}

ProcessMachine::~ProcessMachine() {
  for (int i = 0; i < static_cast<int>(members_.size()); ++i) {
    if (lives(i)) ::kill(member(i).process, SIGKILL);
  }
  for (int i = 0; i < static_cast<int>(members_.size()); ++i) {
    if (lives(i)) note_end(i);
  }
  munmap(page_, sizeof(ControlPage));
}

void ProcessMachine::add_agent(void (*body)(void*), void* argument) {
  const int index = static_cast<int>(members_.size());
  auto& added = *members_.emplace_back(std::make_unique<Member>());
  added.body = body;
  added.argument = argument;
  added.heap.resize(heap_bytes);
  added.deepest = stacks_.high(index);
}

void ProcessMachine::fork_member(int i) {
  int life[2];
  if (pipe2(life, O_CLOEXEC) == -1) throw OsError(errno, "pipe2", "an agent in lock step");
  page_->turns[static_cast<std::size_t>(i)].given = 0;
  const pid_t controller = getpid();
  const pid_t child = fork();
  if (child == -1) {
    const int refused = errno;
    close(life[0]);
    close(life[1]);
    throw OsError(refused, "fork", "an agent in lock step");
  }
  if (child == 0) {
    close(life[0]);
    serve(i, controller, life[1]);
  }
  close(life[1]);
  member(i).process = child;
  member(i).life = life[0];
}

void ProcessMachine::note_end(int i) {
  Member& gone = member(i);
  while (waitpid(gone.process, &gone.status, 0) == -1 && errno == EINTR) {
  }
  close(gone.life);
  gone.process = gone.life = -1;
}

std::string ProcessMachine::initialise(void (*body)(void*), void* argument) {
  agents_ = static_cast<int>(members_.size());
  add_agent(body, argument);
  ++page_->execution;
  fork_member(agents_);
  const int turn[] = {agents_};
  while (run(turn)) {
  }
  if (!violation_.empty()) return violation_;
  if (page_->calls[static_cast<std::size_t>(agents_)].action() != Action::finished)
    return difference_.empty() ? "it waits, and there is nobody to wake it" : difference_;
  let_exit(agents_);
  start_.assign(memory().begin(), memory().end());
  for (const auto& objects : real_objects_) {
    if (objects != nullptr) objects->remember();
  }
  sync_.remember();
  return difference_;
}

void ProcessMachine::begin() {
  violation_.clear();
  stopped_.clear();
  difference_.clear();
  steps_.clear();
  std::memcpy(memory().data(), start_.data(), start_.size());
  for (const auto& objects : real_objects_) {
    if (objects != nullptr) objects->restart();
  }
  sync_.restart();
  page_->clock = 0;
  page_->answered = false;
  ++page_->execution;
  for (int i = 0; i < agents_; ++i) {
    if (!lives(i)) fork_member(i);
  }
}

void ProcessMachine::reset() {
  begin();
  page_->order = Order::show;
  page_->length = static_cast<std::uint32_t>(agents_);
  page_->next = page_->taken = caught_up_ = 0;
  for (int i = 0; i < agents_; ++i)
    page_->script[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(i);
  let_go();
  for (int i = 0; i < agents_; ++i) {
    if (page_->calls[static_cast<std::size_t>(i)].action() == Action::violation) stop(i, "");
  }
}

void ProcessMachine::start_lazily() { begin(); }

// Gives the turn to whom the script says and sleeps until it is back.
Reply ProcessMachine::let_go() {
  const auto first = page_->script[page_->next];
  page_->holder = first;
  page_->reply = Reply::failed;  // unless the holder lives to say otherwise
  auto& word = page_->turns[first].given;
  word.store(1);
  futex_wake(word, 1);
  wait_for_reply();
  catch_up();
  return page_->reply;
}

void ProcessMachine::wait_for_reply() {
  for (;;) {
    std::array<pollfd, ControlPage::members> lives{};
    std::array<int, ControlPage::members> who{};
    nfds_t count = 0;
    for (int i = 0; i < static_cast<int>(members_.size()); ++i) {
      if (!this->lives(i)) continue;
      who[count] = i;
      lives[count++] = {member(i).life, POLLIN, 0};
    }
    if (poll(lives.data(), count, -1) == -1) {
      if (errno == EINTR) continue;
      throw OsError(errno, "poll", "agents in lock step");
    }
    for (nfds_t k = 0; k < count; ++k) {
      char byte;
      if ((lives[k].revents & POLLIN) != 0 && read(lives[k].fd, &byte, 1) == 1) return;
      if ((lives[k].revents & POLLHUP) == 0) continue;
      note_end(who[k]);
      if (page_->holder != who[k]) continue;
      const int status = member(who[k]).status;
      violation_ =
          WIFSIGNALED(status)
              ? fmt::format("the process of agent {} was ended by signal {} ({})", who[k],
                            WTERMSIG(status), strsignal(WTERMSIG(status)))
              : fmt::format("the process of agent {} exited in the middle of its work", who[k]);
      return;
    }
  }
}

bool ProcessMachine::run(std::span<const int> turns) {
  stopped_.clear();
  while (!turns.empty()) {
    const auto batch = turns.first(std::min<std::size_t>(turns.size(), ControlPage::most_turns));
    if (!take_batch(batch)) return false;
    turns = turns.subspan(batch.size());
  }
  return true;
}

bool ProcessMachine::take_batch(std::span<const int> turns) {
  page_->order = Order::run;
  page_->length = static_cast<std::uint32_t>(turns.size());
  page_->next = page_->taken = caught_up_ = 0;
  std::ranges::copy(turns, page_->script.begin());
  page_->stops_at = ControlPage::never;
  if (stops_at_ && *stops_at_ >= steps_.size() && *stops_at_ < steps_.size() + turns.size())
    page_->stops_at = static_cast<std::uint32_t>(*stops_at_ - steps_.size());
  for (const int turn : turns) {
    if (!lives(turn)) return stop(turn, "is dead"), false;
  }
  while (page_->next < page_->length) {
    const Reply reply = let_go();
    if (!difference_.empty()) return stop(page_->holder, "was answered otherwise"), false;
    if (sync_.misuse()) return stop(page_->holder, "ended the execution"), false;
    if (reply == Reply::done) return true;
    if (!resolve(reply, page_->holder)) return false;
  }
  return true;
}

// What is to be done where the turn came back before the script was over.
bool ProcessMachine::resolve(Reply reply, int agent) {
  const AnnouncedCall& call = page_->calls[static_cast<std::size_t>(agent)];
  if (reply == Reply::failed) return stop(agent, "ended the execution"), false;
  if (reply == Reply::asks) return answer(agent);
  if (page_->answered || sync_.enabled(context_of(call, agent))) {
    // A wait for what was destroyed meanwhile: the real one goes on, the model names the fault.
    Context context = context_of(call, agent);
    if (!page_->answered) sync_.perform(context);
    if (is_misused()) return end_by_misuse(agent);
    difference_ = fmt::format("step {}: the call would wait, and the model says that it goes on",
                              steps_.size() + 1);
  }
  return stop(agent, "waits"), false;
}

void ProcessMachine::stop(int agent, const char* why) {
  const AnnouncedCall& call = page_->calls[static_cast<std::size_t>(agent)];
  if (violation_.empty() && call.action() == Action::violation) {
    const char* const text = reinterpret_cast<const char*>(call.a);
    const auto cause = static_cast<ViolationCause>(call.b);
    violation_ =
        cause == ViolationCause::assertion ? std::string("an assertion failed: ") + text : text;
  }
  stopped_ = fmt::format("agent {} {}", agent, why);
}

Context ProcessMachine::context_of(const AnnouncedCall& call, int agent, bool is_asked) const {
  Context context;
  context.code = call.code;
  context.a = call.a;
  context.b = call.b;
  context.c = call.c;
  context.d = call.d;
  context.e = call.e;
  context.id = agent;
  const Carriage* const carriage = call_of(call.action()).real->carriage;
  if (carriage != nullptr && (is_asked || !carriage->when_asked))
    carriage->unpack(context, const_cast<AnnouncedCall&>(call).carried);
  return context;
}

// The controller's part of a step. @return false where the agent waits
bool ProcessMachine::answer(int agent) {
  const AnnouncedCall& call = page_->calls[static_cast<std::size_t>(agent)];
  if (call.action() == Action::finished) return answer_exit(agent);
  Context context = context_of(call, agent, true);
  if (!sync_.enabled(context)) return stop(agent, "waits"), false;
  answer_ = page_->answer = page_->own_answer = sync_.perform(context);
  if (is_misused()) return end_by_misuse(agent);
  page_->answered = page_->has_own_part = true;
  const auto make = call_of(call.action()).real->in_controller;
  return make == nullptr || agrees(agent, make(context, real_objects_of(call.action()), answer_));
}

/// Whether a call that the controller made for the agent came to what the model says.
bool ProcessMachine::agrees(int agent, std::int64_t real) {
  if (real == answer_) return true;
  difference_ = fmt::format("step {}: the call of agent {} gave {}, and the model says {}",
                            steps_.size() + 1, agent, real, answer_);
  return stop(agent, "was answered otherwise"), false;
}

bool ProcessMachine::befall(int agent, FaultKind kind) {
  const Context context = context_of(page_->calls[static_cast<std::size_t>(agent)], agent);
  page_->own_answer = sync_.give_up(context);
  if (is_misused()) return end_by_misuse(agent);
  answer_ = page_->answer = result_of(kind, context.action(), page_->own_answer);
  page_->answered = true;
  // Who leaves a queue goes on with the rest of the call.
  page_->has_own_part = call_of(context.action()).waiting->queue != nullptr;
  const int turn[] = {agent};
  return run(turn);
}

bool ProcessMachine::exit_is_step(int agent) const { return sync_.undone_by_end(agent).count > 0; }

// An exit that undoes something is a step, and the process really exits.
bool ProcessMachine::answer_exit(int agent) {
  if (!exit_is_step(agent)) return stop(agent, "has finished already"), false;
  Step& step = steps_.emplace_back(page_->pending[static_cast<std::size_t>(agent)]);
  const UndoneByEnd undone = sync_.undone_by_end(agent);
  for (const Access& access : undone.all())
    step.add(access.address, access.bytes, access.reads, access.writes);
  let_exit(agent);
  page_->order = Order::run;
  ++page_->next;
  return true;
}

int ProcessMachine::let_exit(int agent) {
  if (!lives(agent)) return member(agent).status;
  page_->order = Order::exit;
  auto& word = page_->turns[static_cast<std::size_t>(agent)].given;
  word.store(1);
  futex_wake(word, 1);
  note_end(agent);
  sync_.agent_ends(agent);
  return member(agent).status;
}

void ProcessMachine::kill(int agent) {
  if (!lives(agent)) return;
  ::kill(member(agent).process, SIGKILL);
  note_end(agent);
  sync_.agent_dies(context_of(page_->calls[static_cast<std::size_t>(agent)], agent));
  Step& step = steps_.emplace_back();
  step.agent = static_cast<std::uint8_t>(agent);
  step.action = Action::died;
}

// The model follows the steps that were taken without it.
void ProcessMachine::catch_up() {
  for (; caught_up_ < page_->taken; ++caught_up_) {
    const TakenStep& taken = page_->steps[caught_up_];
    if (!is_memory_action(taken.step.action) && difference_.empty()) compare(taken);
    steps_.push_back(taken.step);
  }
}

void ProcessMachine::compare(const TakenStep& taken) {
  const auto real = static_cast<std::int64_t>(taken.step.after);
  std::int64_t expected = answer_;
  if (!taken.modelled) {
    Context context = context_of(taken.call, taken.step.agent);
    if (!sync_.enabled(context)) {
      difference_ =
          fmt::format("step {}: the call of agent {} came back, and the model says that it waits",
                      steps_.size() + 1, taken.step.agent);
      return;
    }
    expected = sync_.perform(context);
    if (is_misused()) return;
  }
  if (real == expected) return;
  difference_ = fmt::format("step {}: the call of agent {} gave {}, and the model says {}",
                            steps_.size() + 1, taken.step.agent, real, expected);
}

// Real objects are used all the same; what comes of it is not the execution's any more.
bool ProcessMachine::is_misused() {
  if (!sync_.misuse()) return false;
  violation_ = sentence_of(*sync_.misuse(),
                           [](int other) { return "process " + std::to_string(other + 1); });
  return true;
}

// The step is the last one, though the call is not made.
bool ProcessMachine::end_by_misuse(int agent) {
  steps_.push_back(page_->pending[static_cast<std::size_t>(agent)]);
  return stop(agent, "ended the execution"), false;
}

AgentState ProcessMachine::state(int agent) const {
  if (!lives(agent)) return AgentState::finished;
  const AnnouncedCall& call = page_->calls[static_cast<std::size_t>(agent)];
  if (call.action() == Action::finished)
    return exit_is_step(agent) ? AgentState::ready : AgentState::finished;
  return sync_.enabled(context_of(call, agent)) ? AgentState::ready : AgentState::blocked;
}

const Step& ProcessMachine::pending(int agent) const {
  return page_->pending[static_cast<std::size_t>(agent)];
}

Effect ProcessMachine::step(int agent) {
  const int turn[] = {agent};
  if (run(turn)) return Effect::stepped;
  return violation_.empty() ? Effect::no_effect : Effect::violation;
}

}  // namespace minusone
