#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "protocol/verdict.h"
#include "stress/modules/source_lines.h"
#include "stress/subjects/subject.h"

namespace minusone {

/// Puts steps into words.
class Narrator {
 public:
  /// @param subject  outlives it
  /// @param module   path of its traced module, for lines; of several programs each has its own
  Narrator(const Subject& subject, const std::string& module) : subject_(subject) {
    if (!module.empty()) lines_.try_emplace(module, module);
  }

  /// Each step of an execution: where it stands in the source, what it does and changes, and why it
  /// matters where it sees, or overwrites, what another agent did.
  /// @param callers  of each step (RunTrace), for what led into a library; none: that is not told
  std::vector<TraceStep> tell(std::span<const Step> steps,
                              std::span<const std::vector<const void*>> callers = {}) const;
  /// One step by itself. Of one that is still to come the values mean nothing.
  TraceStep tell(const Step& step) const;
  /// The same without the sentence that names values (TraceStep::what).
  TraceStep describe(const Step& step) const;
  RaceSide side(const Step& step) const;
  std::string tell(const Leak& leak) const;
  /// "it was destroyed by main at file.c:7 in main".
  std::string tell(const Earlier& earlier) const;
  /// What was done and where; then, of a block, who allocated and who freed it: a line each.
  std::vector<std::string> tell(const MemoryFault& fault) const;
  /// Who waits where for what, in the state that the machine is in, a sentence each.
  std::vector<std::string> waiting() const;
  /// Why nothing orders two racing steps.
  static std::string reason(const Step& a, const Step& b);

 private:
  SourceLine line_of(int agent, const void* pc) const;
  void tell_of_memory(TraceStep& told, std::span<const Step> steps, std::size_t at) const;
  void note_library(TraceStep& told, int agent, std::span<const void* const> callers) const;
  std::string place_in_code(int agent, const void* pc) const;
  std::string variable_of(int agent, std::uint64_t address) const;

  const Subject& subject_;
  mutable std::map<std::string, SourceLines> lines_;  ///< by module
};

/// "reader 1   counter.cpp:31   loads written = 1", a line a step.
std::vector<std::string> as_lines(const std::vector<TraceStep>& steps);

}  // namespace minusone
