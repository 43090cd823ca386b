#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stress/modules/module.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

/// The verbs of a command and their options. CLI11 does the work, behind this header: it is by far
/// the most of what would be compiled for each verb.
namespace minusone::cli {

/// An option that a verb takes. Each call returns the same option.
class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}

  Option* between(std::int64_t least, std::int64_t most);
  Option* natural();  ///< no sign: CLI11 takes -1 for the largest number that there is
  Option* one_of(const std::vector<std::string>& words);
  Option* expects(int least, int most);  ///< so many values
  Option* one_at_a_time();               ///< given again for each value
  Option* required();
  Option* type_name(const std::string& name);  ///< what the help calls its value
  Option* shows_default();                     ///< the target's value now, in the help
  Option* shows_default(const std::string& text);

 private:
  CLI::Option* option_;
};

class Verb {
 public:
  explicit Verb(CLI::App* app) : app_(app) {}
  Verb(const Verb&) = delete;
  Verb& operator=(const Verb&) = delete;

  Verb* add_verb(const std::string& name, const std::string& help);
  void requires_verb();  ///< it does nothing without one of those below it

  /// @param name    "--seed", "-o,--output", or without dashes what is told by its place
  /// @param target  outlives the parsing; std::string, bool, an integer, or more of them
  template <class T>
  Option* add_option(const std::string& name, T& target, const std::string& help);
  Option* add_option_function(const std::string& name, std::function<void(const std::string&)> take,
                              const std::string& help);
  Option* add_flag(const std::string& name, bool& target, const std::string& help);
  Option* add_flag_callback(const std::string& name, std::function<void()> take,
                            const std::string& help);
  void callback(std::function<void()> run);  ///< when all was parsed

 protected:
  CLI::App* app_;

 private:
  Option* keep(CLI::Option* option);

  std::vector<std::unique_ptr<Verb>> verbs_;
  std::deque<Option> options_;
};

/// What was typed is no command.
class BadCommandLine : public UsageError {
 public:
  BadCommandLine(const std::string& what, std::string nearest)
      : UsageError(what), nearest_verb(std::move(nearest)) {}

  const std::string nearest_verb;  ///< to the word that was taken for one; may be empty
};

class Command : public Verb {
 public:
  Command(const std::string& name, const std::string& help, const std::string& version);
  ~Command();

  /// Parses, and runs the verb.
  /// @return the exit status where the help or the version was asked for
  /// @throws BadCommandLine, and what the verb throws
  std::optional<int> parse(int argc, char** argv);

 private:
  std::unique_ptr<CLI::App> owned_;
};

/// 64, 2KiB, 1MB as bytes; empty: it is no size.
std::optional<std::uint64_t> parse_bytes(const std::string& given);

}  // namespace minusone::cli
