#include "stress/native/agents.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <csignal>
#include <cstring>
#include <ctime>
#include <exception>
#include <thread>

#include "protocol/futex.h"
#include "protocol/os_error.h"
#include "stress/native/tsc.h"

namespace minusone {
namespace {

// What the handler and the callback of this agent need; each agent is a thread, so thread-local.
thread_local AgentRecord* own_state = nullptr;
thread_local bool inside_operation = false;
thread_local std::uint64_t blocks_left = 0;
thread_local unsigned pace = 1;
Widen widen_by;  // one value for all agents of this process

void widen_here() {
  if (!inside_operation) return;
  if (blocks_left != 0 && --blocks_left == 0) ::kill(getpid(), SIGKILL);
  for (unsigned i = 0; widen_by.by == Widen::By::yield && i < pace; ++i) sched_yield();
  for (unsigned i = 0; i < widen_by.spins; ++i) _mm_pause();
}

constexpr greg_t trap_flag = 0x100;  // Intel SDM vol. 1, 3.4.3: a trap behind the next instruction

// The state of a computation: its registers and its stack down to where the operation began. The
// same hash twice, with the segment unchanged and an instruction executed in between, is a loop
// that has no effect. Without the instruction it is an agent that did not have the CPU between two
// probes, however far apart these were sent.
__attribute__((no_sanitize("address", "thread"))) void on_probe(int, siginfo_t*, void* context) {
  if (own_state == nullptr) return;
  auto* const registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a, a word at a time
  const auto mix = [&hash](std::uint64_t word) { hash = (hash ^ word) * 0x100000001b3U; };
  for (int i = 0; i <= REG_RIP; ++i) mix(static_cast<std::uint64_t>(registers[i]));
  const auto base = own_state->base.load(std::memory_order_relaxed);
  for (auto at = static_cast<std::uint64_t>(registers[REG_RSP]) & ~7ULL; at < base; at += 8) {
    mix(*reinterpret_cast<const volatile std::uint64_t*>(at));
  }
  own_state->moves_at_probe.store(own_state->moves.load(std::memory_order_relaxed),
                                  std::memory_order_relaxed);
  own_state->probe.store(hash | 1, std::memory_order_release);
  registers[REG_EFL] |= trap_flag;
}

__attribute__((no_sanitize("address", "thread"))) void on_move(int signal, siginfo_t* info,
                                                               void* context) {
  if (info->si_code != TRAP_TRACE) {  // somebody's breakpoint: as without us
    std::signal(signal, SIG_DFL);
    raise(signal);
    return;
  }
  static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_EFL] &= ~trap_flag;
  if (own_state != nullptr) own_state->moves.fetch_add(1, std::memory_order_relaxed);
}

void take_probes() {
  struct sigaction action {};
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  action.sa_sigaction = on_probe;
  sigaction(probe_signal(), &action, nullptr);
  // A probe on top of this handler would let it trap in itself, which ends the process
  // (sigaction(2)).
  sigaddset(&action.sa_mask, probe_signal());
  action.sa_sigaction = on_move;
  sigaction(SIGTRAP, &action, nullptr);
}

void pin_to(int cpu) {
  if (cpu < 0) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(cpu), &set);
  sched_setaffinity(0, sizeof set, &set);
}

}  // namespace

double tsc_per_nanosecond() {
  static const double rate = [] {
    const auto now = [] {
      timespec at;
      clock_gettime(CLOCK_MONOTONIC, &at);
      return at.tv_sec * 1e9 + static_cast<double>(at.tv_nsec);
    };
    const double began = now();
    const auto ticks = fenced_tsc();
    while (now() - began < 2e6) {
    }
    return static_cast<double>(fenced_tsc() - ticks) / (now() - began);
  }();
  return rate;
}

int probe_signal() { return SIGRTMIN + 1; }

Board::Board(int agents, std::size_t entries_each) : count_(agents), entries_each_(entries_each) {
  const auto states = sizeof(Shared) + sizeof(AgentRecord) * static_cast<std::size_t>(agents);
  bytes_ = states + sizeof(LogEntry) * entries_each * static_cast<std::size_t>(agents);
  mapping_ = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (mapping_ == MAP_FAILED) throw OsError(errno, "mmap", "the agents' logs");
  auto* at = static_cast<std::byte*>(mapping_);
  shared_ = reinterpret_cast<Shared*>(at);
  agents_ = reinterpret_cast<AgentRecord*>(at + sizeof(Shared));
  logs_ = reinterpret_cast<LogEntry*>(at + states);
}

Board::~Board() { munmap(mapping_, bytes_); }

void Board::clear() {
  std::memset(mapping_, 0, sizeof(Shared) + sizeof(AgentRecord) * static_cast<std::size_t>(count_));
}

AgentGroup::AgentGroup(const Module& module, void* layout, std::size_t text, Widen widen,
                       Board& board)
    : module_(module), layout_(layout), text_(text), widen_(widen), board_(board) {}

AgentGroup::~AgentGroup() {
  for (const Member& member : members_) ::kill(member.process, SIGKILL);
  for (const Member& member : members_) waitpid(member.process, nullptr, 0);
}

void AgentGroup::start(const std::vector<Task>& tasks, bool processes) {
  std::vector<std::vector<Task>> carriers;
  if (processes) {
    for (const Task& task : tasks) carriers.push_back({task});
  } else {
    carriers.push_back(tasks);
  }
  const pid_t supervisor = getpid();
  for (const auto& carried : carriers) {
    const pid_t child = fork();
    if (child == -1) throw OsError(errno, "fork", "an agent");
    if (child == 0) carry(carried, supervisor);
    for (const Task& task : carried) members_.push_back({task.index, child});
  }
}

void AgentGroup::carry(const std::vector<Task>& tasks, pid_t supervisor) noexcept {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != supervisor) _exit(0);  // it died before the line above
  signal(SIGINT, SIG_IGN);                // Ctrl-C is for the supervisor, who ends the agents
  signal(SIGTERM, SIG_DFL);
  take_probes();
  widen_by = widen_;
  if (module_.widen_callback() != nullptr) *module_.widen_callback() = widen_here;
  std::vector<std::thread> threads;
  std::size_t made = 1;
  try {
    for (; made < tasks.size(); ++made)
      threads.emplace_back([this, &task = tasks[made]] { run(task); });
  } catch (const std::exception& error) {
    // Those that were made wait at the barrier, which will not open.
    auto& text = board_.agent(tasks[made].index).error;
    std::strncpy(text, error.what(), sizeof text - 1);
    _exit(1);
  }
  run(tasks.front());
  for (auto& thread : threads) thread.join();
  _exit(0);
}

void AgentGroup::run(const Task& task) noexcept {
  AgentRecord& state = board_.agent(task.index);
  auto& shared = board_.shared();
  own_state = &state;
  pin_to(task.cpu);
  state.thread = static_cast<pid_t>(syscall(SYS_gettid));
  state.phase = AgentRecord::ready;
  shared.ready.fetch_add(1);
  futex_wake(shared.ready);
  while (shared.go.load() == 0) sched_yield();
  state.phase = AgentRecord::working;
  try {
    perform(task);
  } catch (const std::exception& error) {
    std::strncpy(state.error, error.what(), sizeof state.error - 1);
  } catch (...) {
    std::strncpy(state.error, "something that is no std::exception", sizeof state.error - 1);
  }
  inside_operation = false;
  state.phase = AgentRecord::finished;
  shared.finished.fetch_add(1);
  futex_wake(shared.finished);
}

void AgentGroup::perform(const Task& task) {
  const Protocol& protocol = module_.protocol();
  AgentRecord& state = board_.agent(task.index);
  auto& shared = board_.shared();
  LogEntry* log = board_.log(task.index);
  std::vector<char> text(text_), message(message_frame_bytes + text_);
  blocks_left = task.dies_at;
  pace = task.pace;
  for (unsigned i = 0; i < task.late; ++i) sched_yield();
  for (std::uint32_t i = 0; i < task.operations; ++i) {
    const bool writes = task.kind == Operation::Kind::write;
    std::size_t size = message.size();
    MessageId id;
    if (writes) {
      if (shared.stop.load(std::memory_order_relaxed) != 0) break;
      id = {task.writer, task.first_sequence + i};
      make_text(id, text);
      seal_message(id, text, message);
    } else if (task.shares_quota && shared.taken.fetch_add(1) >= shared.quota.load()) {
      break;
    }
    log[i] = {id, fenced_tsc(), 0, false};
    state.base.store(reinterpret_cast<std::uint64_t>(__builtin_frame_address(0)));
    state.entries.store(i + 1, std::memory_order_release);
    inside_operation = true;
    if (writes) {
      protocol.write(layout_, message.data(), size, nullptr);
    } else {
      protocol.read(layout_, message.data(), message.size(), &size, nullptr);
    }
    inside_operation = false;
    const auto returned = fenced_tsc();
    if (!writes) {
      const auto got = open_message({message.data(), std::min(size, message.size())});
      log[i].torn = !got.has_value();
      if (got) log[i].message = *got;
    }
    std::atomic_ref(log[i].returned).store(returned, std::memory_order_release);
    if (!protocol.word.name.empty()) {
      int word;
      std::memcpy(&word, static_cast<const char*>(layout_) + protocol.word.offset, sizeof word);
      if (std::ranges::find(protocol.word.legal, word) == protocol.word.legal.end()) {
        state.illegal.fetch_add(1, std::memory_order_relaxed);
      }
    }
  }
}

std::vector<AgentGroup::Ended> AgentGroup::reap() {
  std::vector<Ended> ended;
  std::vector<pid_t> processes;
  for (const Member& member : members_) {
    if (std::ranges::find(processes, member.process) == processes.end()) {
      processes.push_back(member.process);
    }
  }
  for (const pid_t process : processes) {
    int status = 0;
    if (waitpid(process, &status, WNOHANG) != process) continue;
    std::erase_if(members_, [&](const Member& member) {
      if (member.process != process) return false;
      ended.push_back({member.index, status});
      return true;
    });
  }
  return ended;
}

pid_t AgentGroup::process(int index) const {
  const auto found = std::ranges::find(members_, index, &Member::index);
  return found == members_.end() ? -1 : found->process;
}

bool AgentGroup::living(int index) const { return process(index) != -1; }

void AgentGroup::kill(int index) {
  if (const pid_t carrier = process(index); carrier != -1) ::kill(carrier, SIGKILL);
}

}  // namespace minusone
