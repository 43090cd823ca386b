#pragma once

#include <string>
#include <vector>

#include "protocol/check.h"
#include "stress/explore/schedule.h"

namespace minusone {

class Machine;

/// While it lives, a failed MINUSONE_CHECK tells the schedule of the execution under way, as replay
/// takes it: a position.
class ScheduleSoFar {
 public:
  /// @param machine  outlives it
  /// @param of       of what: its build, workload and stacks count
  ScheduleSoFar(const Machine& machine, const Schedule& of);

 private:
  static void tell(const void* self, BareText& out) noexcept;

  const Machine& machine_;
  const std::string start_;         ///< "77108ab24f40:1w2r1m8b:"
  std::vector<std::string> names_;  ///< "w1", by agent
  const UnderWay under_way_;
};

}  // namespace minusone
