#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/verdict.h"

namespace minusone {

/// The results as a JSON array of schema minusone.result/1 (docs/result.schema.json). Text that is
/// not UTF-8 is replaced, never passed on.
std::string to_json(const std::vector<Result>& results);

/// The same for the page. Where several steps are told as one row (trace_rows.h), the property has
/// its rows too, beyond the schema.
std::string to_json_with_rows(const std::vector<Result>& results);

/// A text that is not of the schema: where, what was found, what was expected.
struct BadResults : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Reads back what to_json wrote, as strictly as the schema: a field that is missing, unknown or of
/// another type is refused. @throws BadResults
std::vector<Result> from_json(std::string_view text);

}  // namespace minusone
