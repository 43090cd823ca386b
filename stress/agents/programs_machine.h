#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stress/agents/fiber_machine.h"
#include "stress/agents/program_agent.h"
#include "stress/agents/traced_module.h"

namespace minusone {

/// One of several whole programs.
struct ProgramSpec {
  std::string module;  ///< path of a traced module with a main()
  std::string name;    ///< for people: "shmwrite 2"
  /// What is typed into it, line by line; behind the last it waits for ever.
  std::vector<std::string> input;

  bool operator==(const ProgramSpec&) const = default;
};

/// Whole programs as processes that share System V segments: each has a copy of its module of its
/// own, main() and all. shmget() and its like are modelled (SyncModel), input is a script, a sleep
/// takes no time. What they print goes nowhere, but for the strings in it, which are kept.
class ProgramsMachine : public FiberMachine {
 public:
  static constexpr std::size_t room = 64 * 1024;  ///< bytes for all segments

  /// @throws ModuleRefused see check_module(); no main(); too many
  explicit ProgramsMachine(const std::vector<ProgramSpec>& programs);

  /// The strings that a program has printed so far, by %s or puts(), in this order.
  std::vector<std::string_view> printed(int agent) const;
  /// How many lines of its input it has read.
  std::size_t lines_read(int agent) const;
  /// Whether it waits for a line that nobody types.
  bool waits_for_input(int agent) const;
  /// What it passed to exit(), or returned from main(), once it has finished.
  int exit_status(int agent) const;
  /// Whether the text lies in a segment now.
  bool is_in_memory(std::string_view text) const;
  /// The segment that an address lies in; nothing: in none.
  std::optional<std::span<const std::byte>> segment_at(std::uint64_t address) const {
    return sync().segment_at(address);
  }
  const TracedModule& module_of(int agent) const {
    return *modules_[static_cast<std::size_t>(agent)];
  }

 protected:
  void begin() override;
  std::vector<std::span<const std::byte>> globals_of(int agent) const override;

 private:
  SharedArena room_;
  std::vector<std::unique_ptr<TracedModule>> modules_;
  std::vector<std::string> names_;
  std::vector<std::string> inputs_;  ///< lines, each with its newline
  std::vector<ProgramMain> mains_;
  std::vector<std::vector<char>> printed_;
};

}  // namespace minusone
