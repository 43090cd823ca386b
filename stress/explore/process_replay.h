#pragma once

#include <memory>
#include <string>
#include <vector>

#include "protocol/history.h"
#include "stress/agents/channel_processes.h"
#include "stress/explore/schedule.h"

namespace minusone {

/// A step without what two machines need not agree on: addresses of memory become offsets.
struct ComparedStep {
  int agent = 0;
  Action action = Action::none;
  int order = 0;
  std::uintptr_t pc = 0;     ///< in the module's file
  std::uint64_t offset = 0;  ///< of the first access in the segment; 0 where it is not in it
  std::uint32_t bytes = 0;   ///< of the first access
  std::uint64_t before = 0;
  std::uint64_t after = 0;  ///< of a call: what it returned

  bool operator==(const ComparedStep&) const = default;
};

/// What an execution came to, in a form in which those of fibers and of processes are equal.
struct ComparedExecution {
  std::vector<ComparedStep> steps;
  std::vector<ComparedStep> pending;  ///< by agent: the step that it would take next
  std::vector<bool> finished;         ///< by agent
  History history;
  std::optional<int> word;
};

/// @return the first thing in which they differ, one sentence; empty: in nothing
std::string difference(const ComparedExecution& fibers, const ComparedExecution& processes,
                       int writers);

/// Takes the steps of a channel's schedule in real processes, and holds each of them against the
/// same step on fibers: operation, place in the source, offset, size, values.
class ProcessReplay {
 public:
  /// Takes the schedule on fibers.
  /// @throws BadSchedule    it does not fit, or is one of a whole program
  /// @throws ModuleRefused  see ChannelProcesses
  ProcessReplay(const std::string& module, const Schedule& schedule,
                const ProcessMachine::Settings& settings = {});

  /// Takes it once in the processes. @return where that differs from the fibers; empty: nowhere
  std::string take();
  ChannelProcesses& machine() { return *machine_; }
  const ComparedExecution& expected() const { return expected_; }
  /// After take().
  ComparedExecution seen() const;

 private:
  bool take_turns();

  const Schedule schedule_;
  std::vector<FaultKind> faults_;  ///< by step: what befell its agent
  ComparedExecution expected_;
  std::unique_ptr<ChannelProcesses> machine_;
};

}  // namespace minusone
