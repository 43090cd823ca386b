#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "stress/explore/explore.h"

namespace minusone::cli {

/// Several whole programs, as the command names them.
struct GivenPrograms {
  std::vector<std::string> names;   ///< or paths of modules
  std::vector<std::string> inputs;  ///< lines with '|' between, one script a program that reads
  std::string closing = "end";
};

/// Adds --programs, --input and --closing.
void add_programs(CLI::App& verb, GivenPrograms& given);

/// Finds them and gives each its input: a program that never reads gets none.
/// @return the build that stands for modules and inputs together
/// @throws UsageError  no such program; more inputs than programs that read
std::string find_programs(const GivenPrograms& given, ExploreOptions& options);

/// "--programs a b --input ..." as it was given, for a command line that repeats it.
std::string to_command_line(const GivenPrograms& given);

}  // namespace minusone::cli
