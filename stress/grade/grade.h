#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/workload.h"
#include "stress/grade/limited_run.h"

namespace minusone {

/// One line of a grade.
struct Mark {
  std::string name;   ///< "no_loss"
  std::string title;  ///< "no message is lost"
  int points = 0;
  int of = 0;
  std::string why;       ///< why points are missing, or what the judgement rests on; one line
  std::string evidence;  ///< lines: the compiler's messages, the interleaving; may be empty
};

/// What a student's protocol is worth.
struct GradeSheet {
  std::string file;
  std::vector<Mark> marks;
  std::vector<std::string> notes;

  int points() const;
  int of() const;
};

struct GradeOptions {
  std::string command;                ///< path of the minusone that builds and explores
  RunLimits limits;                   ///< of each of its runs
  std::uint64_t executions = 20'000;  ///< of each exploration; then the judgement is bounded
  Death crash = Death::none;          ///< who may die; none: that is not asked
};

/// Builds a protocol's source file and explores it under several workloads, as the source says it
/// and as the optimiser made it. Every run is a process of its own with limits, so whatever the
/// file does the grade is given; and nothing in it is left to chance, so it is given again. What
/// the file's description claims is not asked: all properties are held against it, that an agent's
/// death leaves the others working only where a crash is asked for.
///
/// @throws UsageError         there is no such file
/// @throws std::system_error  no process, or no folder for temporary files, can be had
GradeSheet grade(const std::string& file, const GradeOptions& options);

/// The sheet as lines for a terminal, as JSON (schema minusone.grade/1), as JUnit XML.
std::string to_terminal(const GradeSheet& sheet);
std::string to_json(const GradeSheet& sheet);
std::string to_junit(const GradeSheet& sheet);

}  // namespace minusone
