#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stress/explore/schedule.h"
#include "stress/processes/process_machine.h"
#include "stress/subjects/loaded_programs.h"
#include "stress/subjects/observable.h"

namespace minusone {

class Subject;

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
  /// Whatever it came to.
  bool same_call_as(ComparedStep other) const {
    other.after = after;
    return *this == other;
  }
};

/// What an execution came to, in a form in which those of fibers and of processes are equal.
struct ComparedExecution {
  std::vector<ComparedStep> steps;
  std::vector<ComparedStep> pending;  ///< by agent: the step that it would take next
  std::vector<bool> finished;         ///< by agent
  Observation came_to;
  bool violated = false;  ///< its last step ended it: what comes next is no part of it
};

/// @param names  of the agents, for people
/// @return the first thing in which they differ, one sentence; empty: in nothing
std::string difference(const ComparedExecution& fibers, const ComparedExecution& processes,
                       const std::vector<std::string>& names);

/// Takes the steps of a schedule in real processes, and holds each of them against the same step on
/// fibers: operation, place in the source, offset, size, values.
class ProcessReplay {
 public:
  /// Takes the schedule of a channel on fibers.
  /// @throws BadSchedule    it does not fit, or is one of a program's threads
  /// @throws ModuleRefused  see ChannelProcesses
  ProcessReplay(const std::string& module, const Schedule& schedule,
                const ProcessMachine::Settings& settings = {});
  /// The same of several whole programs; `settings.segment` is not heeded, theirs are System V's.
  /// @throws as above; ModuleRefused see ProgramGroupProcesses
  ProcessReplay(const std::vector<ProgramSpec>& programs, const Schedule& schedule,
                const ProcessMachine::Settings& settings = {});

  /// Takes it once in the processes. @return where that differs from the fibers; empty: nowhere
  std::string take();
  ProcessMachine& machine() { return *machine_; }
  const std::vector<std::string>& names() const { return names_; }
  const ComparedExecution& expected() const { return expected_; }
  /// After take().
  ComparedExecution seen() const { return seen_(); }

 private:
  void expect(Subject& subject);
  template <class Processes>
  void observe(std::unique_ptr<Processes> machine);
  bool take_turns();

  const Schedule schedule_;
  std::vector<FaultKind> faults_;  ///< by step: what befell its agent
  ComparedExecution expected_;
  std::vector<std::string> names_;  ///< of the agents
  std::unique_ptr<ProcessMachine> machine_;
  std::function<ComparedExecution()> seen_;
};

}  // namespace minusone
