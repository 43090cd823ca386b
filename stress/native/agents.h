#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "protocol/check.h"
#include "protocol/history.h"
#include "stress/native/engine.h"

namespace minusone {

/// One operation as an agent notes it: 32 bytes, written by that agent only.
struct LogEntry {
  MessageId message;
  std::uint64_t called;    ///< time stamp counter, fenced
  std::uint64_t returned;  ///< 0 while the operation is pending
  bool torn;
};

/// What an agent and its supervisor share, a cache line apart from everybody else's. The agent
/// writes, the supervisor reads; both outlive either's death.
struct alignas(64) AgentRecord {
  enum Phase : std::uint32_t { starting, ready, working, finished };

  std::atomic<std::uint32_t> phase;
  std::atomic<pid_t> thread;           ///< kernel thread id
  std::atomic<std::uint32_t> entries;  ///< operations called so far; the last may be pending
  std::atomic<std::uint32_t> illegal;  ///< samples of the state word outside its legal values
  std::atomic<std::uint64_t> probe;    ///< hash of registers and stack at the last probe; 0 none
  std::atomic<std::uint32_t> moves;    ///< times that an instruction was executed behind a probe
  std::atomic<std::uint32_t> moves_at_probe;  ///< how many there were at the last one
  std::atomic<std::uint64_t> base;            ///< the stack's address when the operation began
  char error[240];                            ///< why an operation threw; empty when none did
};

/// The engine's own memory, shared with all agents and apart from the segment under test.
class Board {
 public:
  Board(int agents, std::size_t entries_each);
  ~Board();
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;

  AgentRecord& agent(int index) const {
    MINUSONE_CHECK(0 <= index && index < count_, "an agent's number is below how many there are");
    return agents_[index];
  }
  LogEntry* log(int index) const { return logs_ + static_cast<std::size_t>(index) * entries_each_; }
  std::size_t entries_each() const { return entries_each_; }
  int agents() const { return count_; }

  struct alignas(64) Shared {
    std::atomic<std::uint32_t> ready;              ///< agents at the barrier
    std::atomic<std::uint32_t> go;                 ///< the barrier opens at 1
    std::atomic<std::uint32_t> finished;           ///< agents done; the supervisor sleeps on it
    std::atomic<std::uint32_t> stop;               ///< writers end with their current message
    alignas(64) std::atomic<std::uint64_t> taken;  ///< reads that readers have begun
    alignas(64) std::atomic<std::uint64_t> quota;  ///< reads that there will be
  };
  Shared& shared() const { return *shared_; }
  void clear();

 private:
  int count_;
  std::size_t entries_each_;
  std::size_t bytes_;
  void* mapping_;
  Shared* shared_;
  AgentRecord* agents_;
  LogEntry* logs_;
};

/// What one agent is to do.
struct Task {
  int index = 0;  ///< writers first, then readers, then a drainer
  Operation::Kind kind = Operation::Kind::write;
  std::uint32_t writer = 0;  ///< its number from 1, for writers
  std::uint32_t operations = 1;
  std::uint32_t first_sequence = 0;
  bool shares_quota = false;  ///< readers of a soak
  int cpu = -1;               ///< -1: any
  unsigned late = 0;          ///< yields before its first operation, to vary who comes first
  unsigned pace = 1;          ///< yields at each basic block, where the build is widened by yield
  std::uint64_t dies_at = 0;  ///< SIGKILL at that basic block of the widened build; 0: lives
};

/// Starts agents as forked processes, or as threads of one forked process, so that the supervisor
/// can end them whatever they do. An agent waits at the board's barrier, performs its operations
/// and exits. They die with the supervisor (PR_SET_PDEATHSIG).
class AgentGroup {
 public:
  AgentGroup(const Module& module, void* layout, std::size_t text, Widen widen, Board& board);
  ~AgentGroup();  ///< SIGKILL to those left, and waitpid
  AgentGroup(const AgentGroup&) = delete;
  AgentGroup& operator=(const AgentGroup&) = delete;

  void start(const std::vector<Task>& tasks, bool processes);

  struct Ended {
    int index;
    int status;  ///< of waitpid(2)
  };
  /// Those that ended since the last call.
  std::vector<Ended> reap();
  bool living(int index) const;
  /// The process that carries the agent; -1 when it ended.
  pid_t process(int index) const;
  void kill(int index);

 private:
  struct Member {
    int index;
    pid_t process;
  };
  /// What a forked process does. Whatever goes wrong there ends it here: past it stand the frames
  /// of the supervisor, whose handlers are not for its copies.
  [[noreturn]] void carry(const std::vector<Task>& tasks, pid_t supervisor) noexcept;
  void run(const Task& task) noexcept;
  void perform(const Task& task);

  const Module& module_;
  void* layout_;
  std::size_t text_;
  Widen widen_;
  Board& board_;
  std::vector<Member> members_;
};

/// The signal that makes an agent hash its registers and stack into AgentRecord::probe.
int probe_signal();

}  // namespace minusone
