#pragma once

#include <string>
#include <vector>

#include "protocol/verdict.h"

namespace minusone {

/// The results as a JSON array of schema minusone.result/1 (docs/result.schema.json). Text that is
/// not UTF-8 is replaced, never passed on.
std::string to_json(const std::vector<Result>& results);

}  // namespace minusone
