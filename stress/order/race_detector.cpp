#include "stress/order/race_detector.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "stress/order/orders.h"
#include "stress/sync/family.h"

namespace minusone {

VectorClock& RaceDetector::released(std::uint64_t address) {
  for (Released& known : released_) {
    if (known.address == address) return known.clock;
  }
  Released& made = released_.emplace_back();
  made.address = address;
  return made.clock;
}

void RaceDetector::atomic_access(const Step& step) {
  Agent& agent = agents_[step.agent];
  const Access& access = step.accesses[0];
  const bool updates = access.reads && access.writes;
  VectorClock& given = released(access.address);
  if (access.reads) (acquires_by(step.order) ? agent.clock : agent.seen_relaxed).join(given);
  if (!access.writes) return;
  // A read-modify-write goes on with the release sequence that it read; a store begins anew.
  if (!updates) given.clear();
  given.join(releases_by(step.order) ? agent.clock : agent.at_fence);
}

void RaceDetector::fence(const Step& step) {
  Agent& agent = agents_[step.agent];
  if (acquires_by(step.order)) agent.clock.join(agent.seen_relaxed);
  if (releases_by(step.order)) agent.at_fence = agent.clock;
}

void RaceDetector::synchronise(const Step& step, const Access& object) {
  // A call that failed, or woke nobody, orders nothing: it only looked. An agent's end, which
  // stands beside its last access whatever that is, is written only, and read by who joins it.
  const bool is_end = object.address >= nowhere && !object.reads;
  const Ordering& ordering = *call_of(step.action).ordering;
  if (!is_end && !object.writes && !ordering.by_reading) return;
  Agent& agent = agents_[step.agent];
  // Addresses that name no memory are a row of things, one for each address.
  const std::uint64_t things = object.address >= nowhere ? object.bytes : 1;
  for (std::uint64_t i = 0; i < things; ++i) {
    VectorClock& given = released(object.address + i);
    if (!is_end && ordering.acquires) agent.clock.join(given);
    if (is_end || ordering.releases) given.join(agent.clock);
  }
}

void RaceDetector::order(const Step& step) {
  const bool atomic = is_atomic_access(step.action);
  if (atomic) atomic_access(step);
  if (is_fence(step.action)) fence(step);
  for (std::size_t i = 0; i < step.count; ++i) {
    const Access& access = step.accesses[i];
    if (is_frame(step, access)) continue;
    if (access.address >= nowhere || !(atomic || is_plain_access(step.action)))
      synchronise(step, access);
  }
}

// Of the agents only those that the last execution had are reset: there may be many.
void RaceDetector::restart() {
  for (AgentSet left = std::exchange(used_, 0); left != 0; left &= left - 1) {
    Agent& agent = agents_[static_cast<std::size_t>(std::countr_zero(left))];
    agent.clock.clear();
    agent.seen_relaxed.clear();
    agent.at_fence.clear();
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
    Agent& agent = agents_[mine];
    agent.clock.tick(mine);
    taken[mine].push_back(at);
    const VectorClock before = agent.clock;
    order(steps[at]);
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
    Agent& agent = agents_[step.agent];
    const auto nth = agent.clock.tick(step.agent);
    const bool atomic = is_atomic_access(step.action);
    if (atomic) atomic_access(step);
    if (is_fence(step.action)) fence(step);
    const auto found_before = static_cast<std::ptrdiff_t>(found_.size());
    for (std::size_t i = 0; i < step.count; ++i) {
      const Access& access = step.accesses[i];
      if (is_frame(step, access)) continue;
      if (access.address >= nowhere || !(atomic || is_plain_access(step.action))) {
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
