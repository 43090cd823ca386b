#pragma once

#include <string>

#include "stress/explore/explore.h"
#include "stress/subjects/subject.h"

namespace minusone {

/// Whether the code asks the search to choose a value: by minusone_choose(), by a function of
/// verification programs, by rand() where that is a choice.
bool chooses(const Subject& subject, const ExploreOptions& options);

/// What is then known of only some of the values, a sentence; empty: all of them were tried.
std::string values_left_out(const Machine& machine, const ChosenNumbers& numbers);

}  // namespace minusone
