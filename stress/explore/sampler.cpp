#include "stress/explore/sampler.h"

#include <fmt/format.h>

namespace minusone {
namespace {

constexpr std::uint64_t default_samples = 10'000;

}  // namespace

Sampler::Sampler(Machine& machine, SearchLimits limits, std::unique_ptr<Picker> picker)
    : machine_(machine), limits_(std::move(limits)), picker_(std::move(picker)) {
  if (limits_.executions == UINT64_MAX) limits_.executions = default_samples;
}

SearchCounts Sampler::run(const Visitor& visitor) {
  machine_.reset();
  if (fails_at_once(machine_, visitor, counts_)) return counts_;
  const int start = machine_.mark();
  // Some executions are none (see End::duplicate): not more tries than this for one that is.
  for (std::uint64_t tries = 0;
       counts_.executions() < limits_.executions && tries < 100 * limits_.executions; ++tries) {
    if (!machine_.rewind(start)) machine_.reset();
    const End end = run_once();
    counts_.add(end);
    if (end != End::duplicate && !visitor({steps_, end})) break;
    if (limits_.interrupted && tries % 64 == 0 && limits_.interrupted()) break;
  }
  return counts_;
}

End Sampler::run_once() {
  steps_.clear();
  picker_->begin(machine_);
  while (steps_.size() < limits_.steps) {
    ready_.clear();
    bool finished = true, stale = false;
    for (int agent = 0; agent < machine_.agents(); ++agent) {
      const auto state = machine_.state(agent);
      if (state == AgentState::ready) ready_.push_back(agent);
      finished &= state == AgentState::finished;
      stale |= state == AgentState::blocked && machine_.is_stale(agent);
    }
    int late = -1;
    if (ready_.empty()) {
      if (finished) return End::complete;
      if (stale) return End::duplicate;
      if ((late = machine_.who_times_out()) == -1) return End::quiescent;
    }
    const Effect effect =
        late == -1 ? machine_.step(picker_->pick(machine_, ready_)) : machine_.time_out(late);
    if (effect == Effect::no_effect) continue;
    steps_.push_back(machine_.executed());
    ++counts_.steps;
    if (effect == Effect::violation) return End::violation;
    picker_->took(machine_, steps_.back());
  }
  return End::too_long;
}

std::vector<std::string> Sampler::limits() const {
  std::vector<std::string> limits{fmt::format("{} schedules were sampled", counts_.executions())};
  if (auto worth = picker_->worth(counts_.executions()); !worth.empty())
    limits.push_back(std::move(worth));
  return limits;
}

}  // namespace minusone
