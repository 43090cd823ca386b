#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "stress/processes/process_machine.h"
#include "stress/subjects/loaded_programs.h"
#include "stress/subjects/observable.h"

namespace minusone {

/// Whole programs as real processes in lock step: each runs its main(), on System V segments that
/// are real (stress/sync/real.h). Input, sleep and output are as in ProgramGroupMachine.
class ProgramGroupProcesses : public ProcessMachine, public Observable {
 public:
  /// @throws ModuleRefused as ProgramGroupMachine
  explicit ProgramGroupProcesses(const std::vector<ProgramSpec>& programs,
                                 const Settings& settings = {});
  ~ProgramGroupProcesses() override;

  /// The strings that a program has printed so far, in this execution.
  std::vector<std::string_view> printed(int agent) const;
  /// What it exited with, once it has finished.
  int exit_status(int agent) const;
  /// Where segments are attached.
  std::span<const std::byte> segment() const { return memory(); }
  std::optional<std::uint64_t> shared_offset(std::uint64_t address) const override {
    return offset_in(segment(), address);
  }
  Observation observe() const override { return observe_programs(*this); }
  const TracedModule& module_of(int agent) const override { return programs_.module(agent); }

 protected:
  void restart(int agent) override;
  void set_up(int agent, Context& context) override;
  void announcing(int agent, const Context& context) override;

 private:
  /// How much of its buffer a program has filled, where the controller sees it.
  struct Shown {
    std::uint32_t execution;
    std::size_t bytes;
  };

  Shown& shown(int agent) const;
  char* buffer(int agent) const;

  LoadedPrograms programs_;
  std::size_t board_bytes_;
  std::byte* board_;  ///< shared with the agents: what is shown of each, then what it printed
};

}  // namespace minusone
