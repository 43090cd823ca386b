#pragma once

#include <memory>
#include <string>
#include <vector>

#include "protocol/property.h"
#include "protocol/verdict.h"
#include "stress/explore/narrator.h"
#include "stress/explore/schedule.h"
#include "stress/model/verifier.h"
#include "stress/modules/traced_module.h"
#include "stress/subjects/subject.h"

namespace minusone {

/// A protocol's real code with the agents of one size, which takes the steps of its model's trails.
class RealCode {
 public:
  RealCode(const ModuleFile& traced, const ModelSize& size);

  /// What it came to on a trail.
  struct Retaken {
    std::string outcome;           ///< in the fixed form
    std::vector<Property> broken;  ///< races apart
    std::vector<TraceStep> steps;
  };
  /// @throws GoesRound, GivesUp, BadSchedule  a step that cannot be taken
  Retaken take(const ModelTrail& trail);

 private:
  std::unique_ptr<Subject> subject_;
  Narrator narrator_;
};

/// How many agents explore() is given.
Workload workload_of(const ModelSize& size);

/// The trail as a schedule of the traced module: the agent of each step, and after how many one
/// dies.
Schedule schedule_of(const ModelTrail& trail, const ModelSize& size, const std::string& build);

}  // namespace minusone
