#pragma once

#include <string>
#include <vector>

#include "protocol/verdict.h"

namespace minusone {

/// JUnit XML as Jenkins takes it (xunit-plugin, junit-10.xsd): a suite a result, a test case a
/// property. A broken property is a failure with its counterexample; in an inconclusive result what
/// was not broken is skipped, and one more test case, which tells of the limit, is an error: what
/// was not shown does not count as passed. Well-formed whatever bytes the results hold.
std::string to_junit(const std::vector<Result>& results);

}  // namespace minusone
