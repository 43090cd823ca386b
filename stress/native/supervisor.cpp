#include "stress/native/supervisor.h"

#include <fmt/format.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string_view>
#include <utility>

namespace minusone {
namespace {

/// "202 0x7f.. 0x80 0x2 0x0 ..." for a sleeper, "running" for others, "" where /proc does not tell.
std::string read_system_call(pid_t process, pid_t thread) {
  std::ifstream file(fmt::format("/proc/{}/task/{}/syscall", process, thread));
  std::string line;
  std::getline(file, line);
  return line;
}

/// True when the scheduler has it asleep. One that was woken from another CPU and has yet to run
/// (TASK_WAKING) still shows its system call, but no longer as asleep.
bool is_asleep(pid_t process, pid_t thread) {
  std::ifstream file(fmt::format("/proc/{}/task/{}/stat", process, thread));
  std::string line;
  std::getline(file, line);
  const auto name_end = line.rfind(')');  // the name itself may have brackets
  return name_end != std::string::npos && line.compare(name_end, 3, ") S") == 0;
}

struct SystemCall {
  long number = -1;
  std::array<unsigned long, 4> arguments{};
};

SystemCall parse(const std::string& line) {
  SystemCall call;
  std::sscanf(line.c_str(), "%ld %lx %lx %lx %lx", &call.number, &call.arguments[0],
              &call.arguments[1], &call.arguments[2], &call.arguments[3]);
  return call;
}

/// True for a call that only somebody else can end.
bool sleeps_without_limit(const SystemCall& call) {
  switch (call.number) {
    case SYS_futex:
    case SYS_semtimedop:
      return call.arguments[3] == 0;
    case SYS_semop:
    case SYS_pause:
      return true;
    default:
      return false;
  }
}

__attribute__((no_sanitize("thread"))) std::uint64_t hash_bytes(const void* at, std::size_t bytes,
                                                                std::uint64_t hash) {
  // Racing with the agents on purpose: a change while we look only means that we look again.
  const auto* word = static_cast<const volatile std::uint64_t*>(at);
  for (std::size_t i = 0; i < bytes / sizeof *word; ++i) hash = (hash ^ word[i]) * 0x100000001b3U;
  return hash;
}

}  // namespace

Supervisor::Supervisor(AgentGroup& group, Board& board, const void* layout, std::size_t bytes)
    : group_(group),
      board_(board),
      layout_(layout),
      bytes_(bytes),
      statuses_(static_cast<std::size_t>(board.agents()), -1),
      seen_(static_cast<std::size_t>(board.agents())) {}

void Supervisor::collect_ended() {
  for (const auto& ended : group_.reap())
    statuses_[static_cast<std::size_t>(ended.index)] = ended.status;
}

int Supervisor::first_ended(const std::vector<int>& agents) {
  collect_ended();
  const auto found = std::ranges::find_if(agents, [this](int agent) { return ended(agent); });
  return found == agents.end() ? -1 : *found;
}

bool Supervisor::ended(int agent) const { return statuses_[static_cast<std::size_t>(agent)] != -1; }

bool Supervisor::all_ended(const std::vector<int>& agents) const {
  // Finished is not enough: an agent's exit is a step of its own (SEM_UNDO).
  return std::ranges::all_of(agents, [this](int agent) { return ended(agent); });
}

std::uint64_t Supervisor::progress() const {
  std::uint64_t hash = hash_bytes(layout_, bytes_, 0xcbf29ce484222325U);
  for (int agent = 0; agent < board_.agents(); ++agent) {
    const auto& state = board_.agent(agent);
    hash = (hash ^ state.entries.load()) * 0x100000001b3U;
    hash = (hash ^ state.phase.load()) * 0x100000001b3U;
    hash =
        (hash ^ static_cast<unsigned>(statuses_[static_cast<std::size_t>(agent)])) * 0x100000001b3U;
  }
  return hash;
}

bool Supervisor::rests(int agent) {
  Seen& seen = seen_[static_cast<std::size_t>(agent)];
  AgentRecord& state = board_.agent(agent);
  const pid_t process = group_.process(agent);
  const pid_t thread = state.thread;
  const auto line = read_system_call(process, thread);
  const bool running = line.empty() || line.starts_with("running");
  if (!running && sleeps_without_limit(parse(line))) {
    const bool as_before = seen.system_call == line && is_asleep(process, thread);
    seen.system_call = line;
    return as_before;
  }
  seen.system_call = running ? "" : line;
  // Before its first operation an agent runs our own code, which comes to its end.
  if (state.phase != AgentRecord::working || state.entries == 0) return false;
  state.probe = 0;
  if (syscall(SYS_tgkill, process, thread, probe_signal()) != 0) return false;
  for (int i = 0; i < 40 && state.probe == 0; ++i) usleep(25);
  const std::uint64_t now = state.probe;
  if (now == 0) return false;
  const std::uint32_t moves = state.moves_at_probe;
  const bool has_moved = std::exchange(seen.moves, moves) != moves;
  return !seen.states.insert(now).second && has_moved;
}

bool Supervisor::look(const std::vector<int>& agents) {
  const auto before = progress();
  if (before != progress_) {
    progress_ = before;
    for (Seen& seen : seen_) seen = {};
    return false;  // things move: no reason to disturb anybody
  }
  bool all = true;
  for (const int agent : agents) {
    if (ended(agent)) continue;
    if (board_.agent(agent).phase == AgentRecord::finished) {
      // Threads of a process whose other threads still work have nothing left to do.
      all &= std::ranges::any_of(agents, [&](int other) {
        return other != agent && group_.process(other) == group_.process(agent) &&
               board_.agent(other).phase != AgentRecord::finished;
      });
      continue;
    }
    Seen& seen = seen_[static_cast<std::size_t>(agent)];
    seen.rests = rests(agent) || seen.rests;
    all &= seen.rests;
  }
  return all && progress() == before;
}

bool Supervisor::asleep(int agent) const {
  const auto& state = board_.agent(agent);
  if (ended(agent) || state.phase != AgentRecord::working || state.entries == 0) return false;
  return sleeps_without_limit(parse(read_system_call(group_.process(agent), state.thread)));
}

std::string Supervisor::where(int agent) const {
  const auto& seen = seen_[static_cast<std::size_t>(agent)];
  if (seen.system_call.empty()) return "goes round a loop that has no effect";
  const auto call = parse(seen.system_call);
  const auto offset =
      static_cast<std::ptrdiff_t>(call.arguments[0] - reinterpret_cast<std::uintptr_t>(layout_));
  const bool inside = offset >= 0 && static_cast<std::size_t>(offset) < bytes_;
  switch (call.number) {
    case SYS_futex:
      return inside ? fmt::format("asleep in futex(segment + {}, expected {})", offset,
                                  static_cast<int>(call.arguments[2]))
                    : fmt::format("asleep in futex(memory of its own)");
    case SYS_semop:
    case SYS_semtimedop:
      return fmt::format("asleep in semop(set {})", call.arguments[0]);
    default:
      return fmt::format("asleep in system call {}", call.number);
  }
}

}  // namespace minusone
