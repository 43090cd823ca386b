#pragma once

#include <string>
#include <vector>

#include "protocol/verdict.h"
#include "stress/model/verifier.h"

namespace minusone {

/// That something good happens at last, for agents that never end, under weak fairness: an agent
/// that can go on all the time does go on.
struct LivenessResult {
  ModelSize size;
  std::string formula;   ///< its name in protocol/workload.pml
  std::string sentence;  ///< "each message that is sent is received at last"
  bool holds = false;
  bool fails = false;  ///< neither: the search was cut, and nothing is known
  std::vector<std::string> limits;
  ModelTrail lasso;  ///< where it fails: a way into a cycle in which the good thing never happens
  std::vector<TraceStep> told;  ///< its steps in words, where somebody has found them
  std::uint64_t states = 0;
  double seconds = 0;
};

/// Checks each formula of protocol/workload.pml that says something at these numbers of agents. A
/// lasso is made short by asking again with less depth, by halves; it is the shortest that a search
/// of limited depth finds.
std::vector<LivenessResult> check_liveness(const ModelSource& model, const ModelSize& size,
                                           const VerifierLimits& limits);

}  // namespace minusone
