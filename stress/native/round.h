#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "protocol/history.h"
#include "protocol/outcome.h"
#include "protocol/run_log.h"
#include "protocol/segment.h"
#include "stress/native/agents.h"
#include "stress/native/engine.h"
#include "stress/native/supervisor.h"

namespace minusone {

/// What one round (or epoch of a soak) came to.
struct Round {
  Outcome outcome;
  History history;                 ///< by agent, each in the order of its calls
  std::vector<std::string> notes;  ///< which agent waits where, or how it ended
  bool undecided = false;  ///< interrupted, out of time, or ended from outside: the last note says
  std::uint64_t illegal = 0;  ///< samples of the state word outside its legal values
};

/// Runs rounds, each with agents and a layout made anew, on one segment.
class RoundRunner {
 public:
  /// @throws OsError  what the kernel refused
  RoundRunner(const Module& module, const StressOptions& options);

  /// @param deadline  writers of a soak end with their current message behind it
  Round run(std::chrono::steady_clock::time_point deadline);

  /// Messages that readers of a soak have received so far.
  std::uint64_t received() const { return received_; }
  /// Nanoseconds from the start of a write to the end of the read that took it; a bounded sample.
  std::vector<std::uint32_t>& latencies() { return latencies_; }

 private:
  /// Who is killed in a round, and when.
  struct Victim {
    int agent = -1;       ///< -1: nobody
    bool asleep = false;  ///< at the first look that finds it asleep
    std::chrono::nanoseconds
        delay{};  ///< else, where no basic block counts for it: after the start
    bool after_delay = false;
  };

  bool is_soak() const { return options_.mode == Mode::soak; }
  std::size_t entries() const;
  std::vector<Task> tasks();
  Victim choose_victim(std::vector<Task>& tasks);
  bool come_to_barrier(Round& round, Supervisor& supervisor, const std::vector<int>& agents,
                       std::chrono::steady_clock::time_point deadline) const;
  bool killed_by_others(Round& round, const Supervisor& supervisor, int victim) const;
  void end_soak(const AgentGroup& group);
  void add_histories(Round& round, const Supervisor& supervisor, const std::vector<int>& agents);
  void add_history(Round& round, const Supervisor& supervisor, int agent,
                   Operation::Kind kind) const;
  std::optional<long> word() const;
  void drain(Round& round, AgentGroup& group, Supervisor& supervisor, std::vector<int> agents,
             std::chrono::steady_clock::time_point deadline);
  void note_ends(Round& round, const Supervisor& supervisor, int victim) const;
  void measure(const History& history);

  const Module& module_;
  const Protocol& protocol_;
  const StressOptions& options_;
  const Workload& workload_;
  int agents_;
  RunLog log_;
  Segment segment_;
  Board board_;
  std::mt19937_64 random_;
  std::uint64_t round_ = 0;
  std::uint64_t received_ = 0;
  std::vector<std::uint32_t> latencies_;
};

/// The CPUs that this process may use, ascending.
std::vector<int> allowed_cpus();

}  // namespace minusone
