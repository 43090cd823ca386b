#pragma once

#include <string>
#include <vector>

#include "protocol/object.h"

namespace minusone {

/// A call that an agent is to make.
struct ScenarioCall {
  int operation = 0;  ///< index in the description
  ObjectOperation::Arguments arguments{};

  bool operator==(const ScenarioCall&) const = default;
};

/// What each agent performs, in its order.
using Scenario = std::vector<std::vector<ScenarioCall>>;

/// Calls of one scenario: more, and no set of them fits a word.
inline constexpr std::size_t most_scenario_calls = 64;

/// "push(1) push(2) | pop pop | pop": a part an agent, calls with spaces between, arguments as
/// numbers, true, false, or none for an optional without a value. to_string() writes it so again.
/// @throws UsageError  where it does not fit the description: what, at which column, what is
///                     expected
Scenario parse_scenario(const std::string& text, const ObjectDescription& description);
std::string to_string(const Scenario& scenario, const ObjectDescription& description);

/// All scenarios of so many agents, each with one operation or more up to `operations`, arguments
/// from the samples of the description. Agents are alike: of those that only differ in who is who
/// there is one. Those with the fewest calls come first.
std::vector<Scenario> all_scenarios(const ObjectDescription& description, int agents,
                                    int operations);

/// What is run on an object.
struct ObjectRun {
  const ObjectDescription* specified = nullptr;  ///< of the module without hooks
  Scenario scenario;
};

}  // namespace minusone
