#pragma once

#include <string>

#include "stress/cli/verb.h"
#include "stress/explore/explore.h"
#include "stress/modules/builder.h"

namespace minusone::cli {

/// An object, as the command names it.
struct GivenObject {
  std::string file;      ///< its source
  BuildRequest build;    ///< what else it is built of and with
  std::string scenario;  ///< or a size, "3x2": all of 3 agents with up to 2 operations each; empty:
                         ///< 2x2
};

/// Adds --scenario.
void add_scenario(Verb& verb, std::string& scenario);
/// @throws UsageError  a scenario was given, and what it was given for is no object
void refuse_scenario(const std::string& scenario, const std::string& given);

/// The scenario with the specification from the source file.
/// @throws UsageError  no source file; no scenario, or one that does not parse
ObjectRun run_of(const GivenObject& given);
std::string to_string(const ObjectRun& run);

/// Explores the scenario that is given, or else all of the size, those with the fewest calls first,
/// until one is violated: then the result is of that one. If none is, it counts all together.
/// @throws UsageError  also where a size has too many scenarios
/// @param module  traced, or optimized
Result explore_object(const ModuleFile& module, const GivenObject& given,
                      const ExploreOptions& options, const ExploreProgress& progress);

/// The option of a result's scenario, as it would be typed again; nothing where there is none.
/// @param given  what was given, for the result of all scenarios of a size
std::string scenario_words(const Result& result, const std::string& given);

}  // namespace minusone::cli
