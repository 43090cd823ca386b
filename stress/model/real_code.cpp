#include "stress/model/real_code.h"

#include <algorithm>

#include "stress/explore/counterexample.h"

namespace minusone {

Workload workload_of(const ModelSize& size) {
  return {.writers = size.writers, .readers = size.readers, .messages = size.messages};
}

Schedule schedule_of(const ModelTrail& trail, const ModelSize& size, const std::string& build) {
  Schedule schedule{.build = build, .workload = workload_of(size)};
  for (const ModelStep& step : trail.steps) {
    if (step.dies) {
      const auto own = std::ranges::count(schedule.agents, step.agent);
      schedule.faults.push_back({FaultKind::death, step.agent, static_cast<int>(own)});
    }
    schedule.agents.push_back(step.agent);
  }
  return schedule;
}

RealCode::RealCode(const ModuleFile& traced, const ModelSize& size)
    : subject_(make_channel(traced.path.string(), workload_of(size), {.glibc = modelled_glibc})),
      narrator_(*subject_, traced.path.string()) {}

RealCode::Retaken RealCode::take(const ModelTrail& trail) {
  const auto schedule = schedule_of(trail, {}, {});
  const auto taken = minusone::take(*subject_, schedule);
  Retaken retaken;
  retaken.steps = narrator_.tell(taken.steps, taken.callers);
  retaken.broken = subject_->judge({taken.steps, taken.end});
  retaken.outcome = subject_->last_outcome();
  return retaken;
}

}  // namespace minusone
