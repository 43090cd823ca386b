#pragma once

// For the tests of reports: results made by hand, and checks that several of them use.
#include <string>
#include <vector>

#include "protocol/verdict.h"

namespace minusone {

Result violated_rounds();  ///< observed, with a history
Result explored();         ///< complete, two properties that share a schedule, a race
Result after_a_death();    ///< explored, with the places of a death: two of them at one line
Result holding_states();
Result holding_soak();
Result interrupted();  ///< inconclusive
/// Markup, control characters, bytes that are no UTF-8 and very long text wherever there is text.
Result malicious();
/// Two threads push by a library: thread 1's third step comes behind one of thread 2's.
std::vector<TraceStep> inside_library_steps();
Result inside_library();  ///< these, and a race there
/// A result with one counterexample of so many steps.
Result long_trace(int steps);

std::string read_file(const std::string& path);

/// What a document of JSON breaks of a JSON schema; empty: nothing.
std::vector<std::string> schema_errors(const std::string& schema_file, const std::string& document);

/// Compares with a file in approved/, or writes it where MINUSONE_APPROVE is set.
void expect_approved(const std::string& name, const std::string& text);

}  // namespace minusone
