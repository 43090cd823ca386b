#pragma once

#include <string>
#include <vector>

#include "stress/explore/explore.h"
#include "stress/explore/result_collector.h"
#include "stress/search/search.h"
#include "stress/subjects/subject.h"

namespace minusone {

/// A result of what is explored, under which options; nothing is known yet.
Result begin_result(const Subject& subject, const std::string& build,
                    const ExploreOptions& options);

/// What a search says behind its last execution: the verdict, how sure it is, and each limit that
/// it was taken under.
/// @pre the collector has put what it found into the result
/// @param was_ended  by its time limit, or by a signal
void conclude(Result& result, const Search& search, const ExploreOptions& options,
              const Subject& subject, const ResultCollector& collector, bool was_ended);

/// A run in which nobody touched shared memory says nothing of the workload: never a pass. What was
/// found (an assertion that fails before all steps, a lock that waits for itself) is found anyway.
void doubt(Result& result);

/// Of races inside a library, the call that led there, as the steps of the result's properties
/// show.
void name_calls(Result& result);

/// Where versions of glibc differ in what the machine came to, of which one that is.
void name_glibc(Result& result, const Machine& machine, const ExploreOptions& options);

/// What no run of the result's model could have shown, a sentence each.
std::vector<std::string> left_out(const Result& result);

}  // namespace minusone
