#include "stress/search/sampler.h"

#include <fmt/format.h>

#include <bit>

#include "protocol/counted.h"

namespace minusone {
namespace {

constexpr std::uint64_t default_samples = 10'000;

}  // namespace

Sampler::Sampler(Machine& machine, SearchLimits limits, std::unique_ptr<SchedulingPolicy> policy)
    : machine_(machine), limits_(std::move(limits)), policy_(std::move(policy)) {
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
    if (end == End::unwatched) break;
    counts_.add(end);
    if (end != End::duplicate && !visitor({steps_, end})) break;
    if (limits_.interrupted && tries % 64 == 0 && limits_.interrupted()) break;
  }
  return counts_;
}

End Sampler::run_once() {
  steps_.clear();
  policy_->begin(machine_);
  while (steps_.size() < limits_.steps) {
    const Turn turn = next_turn(machine_);
    if (!turn.goes_on()) return turn.end();
    const Effect effect = go_on(turn);
    if (effect == Effect::no_effect) continue;
    steps_.push_back(machine_.executed());
    ++counts_.steps;
    if (const auto end = end_of(effect)) return *end;
    policy_->took(machine_, steps_.back());
  }
  return End::too_long;
}

Effect Sampler::go_on(const Turn& turn) {
  if (turn.kind == Turn::Kind::timeout) return machine_.time_out(turn.agent);
  ready_.clear();
  for (AgentSet left = turn.ready; left != 0; left &= left - 1)
    ready_.push_back(std::countr_zero(left));
  return machine_.step(policy_->pick(machine_, ready_));
}

std::vector<std::string> Sampler::limits() const {
  std::vector<std::string> limits{counted_were(counts_.executions(), "schedule") + " sampled"};
  if (auto worth = policy_->worth(counts_.executions()); !worth.empty())
    limits.push_back(std::move(worth));
  return limits;
}

}  // namespace minusone
