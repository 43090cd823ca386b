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
  std::string scenario;  ///< empty: all small ones
};

/// Adds --scenario.
void add_scenario(Verb& verb, std::string& scenario);
/// @throws UsageError  a scenario was given, and what it was given for is no object
void refuse_scenario(const std::string& scenario, const std::string& given);

/// The scenario with the specification from the source file.
/// @throws UsageError  no source file; no scenario, or one that does not parse
ObjectRun run_of(const GivenObject& given);
std::string to_string(const ObjectRun& run);

/// Explores the scenario that is given, or else all scenarios of two agents with one or two
/// operations each, those with the fewest calls first, until one is violated: then the result is of
/// that one. If none is, it counts all together.
/// @param module  traced, or optimized
Result explore_object(const ModuleFile& module, const GivenObject& given,
                      const ExploreOptions& options, const ExploreProgress& progress);

/// The option of a result's scenario, as it would be typed again; nothing where there is none, or
/// it was chosen here.
std::string scenario_words(const Result& result);

}  // namespace minusone::cli
