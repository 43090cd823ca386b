#include "stress/order/race_detector.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace minusone {

VectorClock& RaceDetector::released(std::uint64_t address) {
  for (Released& known : released_) {
    if (known.address == address) return known.clock;
  }
  Released& made = released_.emplace_back();
  made.address = address;
  return made.clock;
}

// Under a memory model a read names the write that it reads; else that is the last.
void RaceDetector::access_memory(std::span<const Step> steps, std::size_t at) {
  const Step& step = steps[at];
  const Access& access = step.accesses[0];
  Knowledge& agent = agents_[step.agent];
  if (!access.modelled) {
    VectorClock& last = released(access.address);
    return order_access(agent, step.order, access.reads ? &last : nullptr,
                        access.writes ? &last : nullptr);
  }
  static const VectorClock nothing;
  if (given_.size() < steps.size()) given_.resize(steps.size());
  const VectorClock* const read =
      step.reads_from < 0 ||
              !is_atomic_access(steps[static_cast<std::size_t>(step.reads_from)].action)
          ? &nothing
          : &given_[static_cast<std::size_t>(step.reads_from)];
  order_access(agent, step.order, access.reads ? read : nullptr,
               access.writes ? &given_[at] : nullptr);
}

void RaceDetector::synchronise(const Step& step, const Access& object) {
  order_call(agents_[step.agent], step, object,
             [this](std::uint64_t address) -> VectorClock& { return released(address); });
}

void RaceDetector::order(std::span<const Step> steps, std::size_t at) {
  const Step& step = steps[at];
  if (is_atomic_access(step.action)) access_memory(steps, at);
  if (is_fence(step.action)) order_fence(agents_[step.agent], step.order);
  for (std::size_t i = 0; i < step.count; ++i) {
    const Access& access = step.accesses[i];
    if (!is_frame(step, access) && is_of_object(step, access)) synchronise(step, access);
  }
}

// Of the agents only those that the last execution had are reset: there may be many.
void RaceDetector::restart() {
  for (AgentSet left = std::exchange(used_, 0); left != 0; left &= left - 1) {
    agents_[static_cast<std::size_t>(std::countr_zero(left))].clear();
  }
  released_.clear();
}

std::vector<RacePair> RaceDetector::handovers(std::span<const Step> steps) {
  restart();
  std::vector<RacePair> found;
  std::array<std::vector<std::size_t>, max_agents> taken;  // by agent: its steps
  std::vector<VectorClock> clocks;                         // by step, behind it
  for (std::size_t at = 0; at < steps.size(); ++at) {
    const std::size_t mine = steps[at].agent;
    used_ |= only(steps[at].agent) | steps[at].created;
    Knowledge& agent = agents_[mine];
    agent.clock.tick(mine);
    taken[mine].push_back(at);
    const VectorClock before = agent.clock;
    order(steps, at);
    std::vector<std::size_t> from;
    const VectorClock& after = agent.clock;
    for (std::size_t other = 0; other < max_agents; ++other) {
      if (after[other] > before[other])
        from.push_back(taken[other][static_cast<std::size_t>(after[other]) - 1]);
    }
    for (const std::size_t first : from) {
      const auto nth = clocks[first][steps[first].agent];
      const bool follows = std::ranges::any_of(from, [&](std::size_t other) {
        return other != first && clocks[other][steps[first].agent] >= nth;
      });
      if (!follows) found.push_back({first, at});
    }
    clocks.push_back(agent.clock);
  }
  return found;
}

std::span<const RacePair> RaceDetector::races(std::span<const Step> steps) {
  restart();
  past_.clear();
  found_.clear();
  for (std::uint32_t at = 0; at < steps.size(); ++at) {
    const Step& step = steps[at];
    used_ |= only(step.agent) | step.created;
    Knowledge& agent = agents_[step.agent];
    const auto nth = agent.clock.tick(step.agent);
    const bool atomic = is_atomic_access(step.action);
    if (atomic) access_memory(steps, at);
    if (is_fence(step.action)) order_fence(agent, step.order);
    const auto found_before = static_cast<std::ptrdiff_t>(found_.size());
    for (std::size_t i = 0; i < step.count; ++i) {
      const Access& access = step.accesses[i];
      if (is_frame(step, access)) continue;
      if (is_of_object(step, access)) {
        if (i >= call_of(step.action).ordering->unordered) synchronise(step, access);
        continue;
      }
      for (const Past& past : past_) {
        if (past.agent == step.agent || (past.atomic && atomic) ||
            agent.clock[past.agent] >= past.nth || !past.access.conflicts_with(access)) {
          continue;
        }
        found_.push_back({past.step, at});
      }
    }
    // One whose number an earlier thread had begins where that ended.
    for (AgentSet left = step.created; left != 0; left &= left - 1)
      agents_[static_cast<std::size_t>(std::countr_zero(left))].clock.join(agent.clock);
    // A copy has two accesses, which may each race with the same step.
    std::ranges::sort(found_.begin() + found_before, found_.end(), {}, &RacePair::first);
    const auto twice = std::ranges::unique(found_.begin() + found_before, found_.end());
    found_.erase(twice.begin(), twice.end());
    for (std::size_t i = 0; i < step.count && (atomic || is_plain_access(step.action)); ++i) {
      if (step.accesses[i].address < nowhere)
        past_.push_back({step.accesses[i], at, nth, step.agent, atomic});
    }
  }
  return found_;
}

}  // namespace minusone
