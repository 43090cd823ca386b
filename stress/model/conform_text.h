#pragma once

#include <string>
#include <vector>

#include "stress/model/agreement.h"
#include "stress/report/terminal.h"

namespace minusone {

/// A report at length: what was compared at each size, each break step by step, each disagreement.
std::string to_text(const ConformReport& report, const std::string& protocol, Style style);

/// The table over all protocols: one row a protocol and size.
std::string table_head();
std::string table_rows(const ConformReport& report);

}  // namespace minusone
