#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stress/modules/traced_module.h"
#include "stress/subjects/program_agent.h"

namespace minusone {

/// One of several whole programs.
struct ProgramSpec {
  std::string module;  ///< path of a traced module with a main()
  std::string name;    ///< for people: "shmwrite 2"
  /// What is typed into it, line by line; behind the last it waits for ever.
  std::vector<std::string> input;
  std::vector<std::string> arguments = {};  ///< of its main(), behind its name

  bool operator==(const ProgramSpec&) const = default;
};

/// The words of a main(), its name first.
class ArgumentList {
 public:
  ArgumentList(std::string name, const std::vector<std::string>& arguments);

  /// As long as the list lives, also where it is moved.
  ProgramArguments words() const { return {static_cast<int>(words_.size()), words_.data()}; }

 private:
  std::vector<std::string> text_;
  std::vector<const char*> words_;
};

/// Several whole programs in memory, each with a copy of its module of its own.
class LoadedPrograms {
 public:
  static constexpr std::size_t room = 256 * 1024;         ///< bytes for all that they share
  static constexpr std::size_t most_printed = 16 * 1024;  ///< bytes of strings that one prints

  /// @throws ModuleRefused see check_module(); no main(); too many
  explicit LoadedPrograms(const std::vector<ProgramSpec>& programs,
                          Runtime& runtime = idle_runtime());

  int count() const { return static_cast<int>(modules_.size()); }
  TracedModule& module(int program) { return *modules_[static_cast<std::size_t>(program)]; }
  const TracedModule& module(int program) const {
    return *modules_[static_cast<std::size_t>(program)];
  }
  ProgramMain* main(int program) { return &mains_[static_cast<std::size_t>(program)]; }
  /// Lines, each with its newline.
  const char* input(int program) const {
    return inputs_[static_cast<std::size_t>(program)].c_str();
  }
  /// Takes the state that each module's restart() goes back to.
  void remember();

 private:
  std::vector<std::unique_ptr<TracedModule>> modules_;
  std::vector<ArgumentList> arguments_;
  std::vector<std::string> inputs_;
  std::vector<ProgramMain> mains_;
};

/// The memory that each process has to itself, a module's copy for each in this order, for the
/// hooks.
std::vector<OwnedRange> owned_ranges(std::span<const TracedModule* const> modules);

/// The strings in a buffer, each with its NUL, that a program has printed.
std::vector<std::string_view> strings_in(const char* buffer, std::size_t bytes);

}  // namespace minusone
