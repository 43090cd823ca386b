#pragma once

#include <string>
#include <vector>

#include "protocol/verdict.h"

namespace minusone {

/// The results as GitHub's Markdown, for a job's summary or a pull request: a table of verdicts,
/// then for each violated result its outcomes and the counterexample, as a Mermaid diagram and as a
/// table. Markup in names and messages shows as text.
std::string to_markdown(const std::vector<Result>& results);

/// Appends to_markdown() to the file that GITHUB_STEP_SUMMARY names, if it names one.
/// @throws std::system_error  it cannot be written
void append_step_summary(const std::vector<Result>& results);

}  // namespace minusone
