#pragma once

#include <string>
#include <vector>

#include "stress/cli/verb.h"
#include "stress/explore/explore.h"
#include "stress/modules/builder.h"
#include "stress/modules/module.h"

namespace minusone::cli {

/// Several whole programs, as the command names them.
struct GivenPrograms {
  std::vector<std::string> names;   ///< or C and C++ files, or paths of modules
  std::vector<std::string> inputs;  ///< lines with '|' between, one script a program that reads
  std::string closing = "end";
  std::vector<std::string> arguments;  ///< of each main(), behind its name
};

/// Those arguments as they would be typed again, before a schedule too.
std::string argument_words(const GivenPrograms& given);
/// The id of a program's build with what it is called with, which its schedules carry.
std::string build_with(const std::string& build, const GivenPrograms& given);
/// The same of an object's build with its scenario.
std::string build_with(const std::string& build, const std::string& scenario);

/// Adds --max-threads and --max-memory.
void add_limits(Verb& verb, ExploreOptions& options);
/// Adds --nondet and --choose-rand.
void add_choices(Verb& verb, ExploreOptions& options);
/// Adds --glibc.
void add_glibc(Verb& verb, ExploreOptions& options);
/// Those that differ from the default, as they would be typed again.
std::string limit_words(const ExploreOptions& options);
/// What stands where a protocol is expected: one name; source files of one program or protocol,
/// of which the others become the request's sources; or source files that have a main() each, and
/// are then the programs.
/// @return the name, or the first of the source files; empty where there are programs
/// @throws UsageError  several that are not all source files, or of which it cannot be told which
///                     belong together
std::string take_files(const std::vector<std::string>& files, GivenPrograms& programs,
                       BuildRequest& build);

/// Adds --programs, --input, --closing and --argument.
void add_programs(Verb& verb, GivenPrograms& given);

/// Finds them, builds those that are source files, and gives each its input: a program that never
/// reads gets none.
/// @param options  `optimized` is heeded, programs and closing are set
/// @return the build that stands for modules and inputs together
/// @throws UsageError  no such program, or it does not compile or has no main(); --optimized, and
///                     one of them is no source file; more inputs than programs that read
std::string find_programs(const GivenPrograms& given, const BuildRequest& build,
                          ExploreOptions& options);

/// What a verb explores, and how.
struct GivenSubject {
  std::vector<std::string> files;  ///< where a protocol is expected
  std::string protocol;            ///< the first of them; empty: there are programs
  GivenPrograms programs;
  BuildRequest build;
  ExploreOptions options;
};

/// Finds it, built where it is a source file; of several programs their build's id alone.
/// @param given  protocol, arguments, and what take_files() and find_programs() set are set
/// @param verb   whose --help tells more
/// @throws UsageError  neither a protocol nor programs, or both; as those two do
ModuleFile find_subject(GivenSubject& given, const char* verb);

/// "--programs a b --input ..." as it was given, for a command line that repeats it.
std::string to_command_line(const GivenPrograms& given, const BuildRequest& build);

}  // namespace minusone::cli
