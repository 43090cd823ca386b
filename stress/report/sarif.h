#pragma once

#include <string>
#include <vector>

#include "protocol/verdict.h"

namespace minusone {

/// SARIF 2.1.0 (OASIS), one run: a result for each counterexample, at the step that its trace ends
/// with, and for each data race, at its later access. The interleaving is a code flow with a thread
/// flow an agent, in which executionOrder gives the order of the steps across agents, so that an
/// editor steps through it.
/// @param root  folder that file names are given relative to ("SRCROOT"), absolute; files elsewhere
///              have a file: URI. Empty: all have.
std::string to_sarif(const std::vector<Result>& results, const std::string& root);

}  // namespace minusone
