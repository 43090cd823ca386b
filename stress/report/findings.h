#pragma once

#include <string>
#include <vector>

#include "protocol/verdict.h"

namespace minusone {

/// One counterexample and all properties that it breaks, the most telling first. Never empty.
using Finding = std::vector<const PropertyResult*>;

/// The counterexamples of a result, the most telling first: a wrong value or message tells more
/// than a lost order, that more than a race. Properties whose schedules (or, natively, histories)
/// are the same share one.
/// @param result  outlives what is returned
std::vector<Finding> findings(const Result& result);

/// The races, those that show in the first finding's steps before others.
std::vector<const Race*> races_by_weight(const Result& result);

/// "mine.cpp:12 push() write of x (thread 1)": of one inside a library the call that led there.
std::string sentence_of(const RaceSide& side);
/// Where in a library the race stands, "queue.h:301 and queue.h:95"; empty where that is said
/// already.
std::string inside_library(const Race& race);

/// What the result says of all executions, one clause: "all 6 executions, 2 of them wrong".
std::string extent(const Result& result);

/// "1 writer, 2 readers, 1 message each, 8 B of text, processes".
std::string agents_sentence(const Result& result);

/// Which memory the verdict is about, behind its word: " under C++20 (RC11)". Empty for what was
/// not explored, for what says nothing, and for an interleaving that is wrong, which is so under
/// all.
std::string_view memory_of(const Result& result);

/// What was allowed to happen, one clause: "sequential consistency, a racy copy in 2 steps".
std::string model_sentence(const Model& model);

/// "33 %", "0.003 %"; empty where there is nothing to take a share of.
std::string share(std::uint64_t part, std::uint64_t all);

/// What a search over states has kept, and how likely it has taken one for another.
std::string states_sentence(const StateCounts& states);

}  // namespace minusone
