#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "stress/fibers/fiber_machine.h"
#include "stress/subjects/loaded_programs.h"

namespace minusone {

/// Whole programs as processes that share memory, and may fork: each program has a copy of its
/// module of its own, main() and all. shmget() and its like are modelled (SyncModel), input is a
/// script, a sleep takes no time. What they print goes nowhere, but for the strings in it, which
/// are kept.
class ProgramGroupMachine : public FiberMachine {
 public:
  /// @throws ModuleRefused see check_module(); no main(); too many
  explicit ProgramGroupMachine(const std::vector<ProgramSpec>& programs,
                               std::size_t max_memory = StepRules{}.max_memory);

  /// The strings that a program has printed so far, by %s or puts(), in this order.
  std::vector<std::string_view> printed(int agent) const;
  /// How many lines of its input it has read.
  std::size_t lines_read(int agent) const;
  /// Whether the program that took a step of this execution had read one before, 0 <= step <
  /// mark().
  bool had_read_a_line(int step) const;
  /// Whether it waits for a line that nobody types.
  bool waits_for_input(int agent) const;
  /// The program that a process runs: its own, or the one that it was forked by.
  int program_of(int agent) const {
    return agent < programs_.count() ? agent : context_of(agent).program;
  }
  /// Who forked it, and as which of its children, from 1; -1: nobody did.
  std::pair<int, int> forked_by(int agent) const {
    if (agent < programs_.count()) return {-1, 0};
    return {context_of(agent).parent, context_of(agent).nth};
  }
  /// What it passed to exit(), or returned from main(), once it has finished.
  int exit_status(int agent) const;
  /// Whether the text lies in a segment now.
  bool is_in_memory(std::string_view text) const;
  /// The segment that an address lies in; nothing: in none.
  std::optional<std::span<const std::byte>> segment_at(std::uint64_t address) const {
    return sync().lent_at(address);
  }
  const TracedModule& module_of(int agent) const { return programs_.module(program_of(agent)); }
  FileAddress file_address(int agent, const void* at) const override {
    return module_of(agent).locate(at);
  }
  /// Where all segments lie.
  std::span<const std::byte> segment() const { return views_.view(0); }
  /// The address in it of what lies at a program's own address of it; any other address as it is.
  std::uint64_t in_segment(std::uint64_t address) const { return views_.in_first(address); }

 protected:
  void begin() override;
  std::vector<std::span<const std::byte>> globals_of(int agent) const override;
  std::vector<std::span<std::byte>> own_memory(int program) override;
  void begin_forked(int agent) override;
  Lent lent_to(int agent, const Access& access) const override {
    return sync().lent_to(agent, access.address, access.bytes, access.writes);
  }

 private:
  SharedViews views_;  ///< for each program one of its own
  LoadedPrograms programs_;
  std::vector<std::vector<char>> printed_;
};

}  // namespace minusone
