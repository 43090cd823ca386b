#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "protocol/deadline.h"
#include "protocol/futex.h"
#include "stress/native/agents.h"

namespace minusone {

/// Watches agents from outside and finds out, by their state and not by a clock, when nothing can
/// happen any more: each agent has finished, has died, or rests. An agent rests when it sleeps in
/// the kernel without a time limit, or when its registers, its stack and the segment are the same
/// at two looks (it goes round a loop without effect), and nobody made progress in between.
class Supervisor {
 public:
  Supervisor(AgentGroup& group, Board& board, const void* layout, std::size_t bytes);

  enum class End {
    at_rest,      ///< nothing can happen any more
    interrupted,  ///< `interrupted` became true
    patience,     ///< agents kept running for too long without finishing or resting
  };
  /// @param agents  indices of those that were started
  /// @param each_look  called before each look at the agents
  template <class Look>
  End wait(const std::vector<int>& agents, std::chrono::milliseconds patience, Look each_look) {
    for (auto last_progress = std::chrono::steady_clock::now();;) {
      const auto finished = board_.shared().finished.load();
      collect_ended();
      if (each_look()) return End::interrupted;
      if (all_ended(agents)) return End::at_rest;
      const auto before = progress_;
      if (look(agents)) return End::at_rest;
      const auto now = std::chrono::steady_clock::now();
      if (progress_ != before) last_progress = now;
      if (now - last_progress > patience) return End::patience;
      const auto next_look = deadline_in(std::chrono::microseconds(200));
      futex_wait(board_.shared().finished, finished, &next_look);
    }
  }

  /// Looks who has ended. @return one of these that has, or -1
  int first_ended(const std::vector<int>& agents);
  /// How each agent that has ended by itself, or by a kill, ended; by agent index, -1 when living.
  const std::vector<int>& statuses() const { return statuses_; }
  /// True while the agent sleeps in the kernel, inside an operation, without a time limit.
  bool asleep(int agent) const;
  /// Where an agent that has not finished was at the last look: "asleep in futex(...)".
  std::string where(int agent) const;

 private:
  struct Seen {
    std::string system_call;  ///< of /proc/PID/syscall at the last look; empty: it was running
    std::unordered_set<std::uint64_t> states;
    std::uint32_t moves = 0;  ///< AgentRecord::moves_at_probe
    bool rests = false;
  };

  void collect_ended();
  bool ended(int agent) const;
  bool all_ended(const std::vector<int>& agents) const;
  bool look(const std::vector<int>& agents);
  bool rests(int agent);
  std::uint64_t progress() const;

  AgentGroup& group_;
  Board& board_;
  const void* layout_;
  std::size_t bytes_;
  std::uint64_t progress_ = 0;  ///< hash of the segment and of all operations so far
  std::vector<int> statuses_;
  std::vector<Seen> seen_;
};

}  // namespace minusone
