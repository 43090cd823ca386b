// Which steps of an execution are to be tried the other way round, and by whom. Methods of Dpor.
#include <algorithm>
#include <bit>

#include "stress/search/dpor.h"
#include "stress/sync/family.h"
#include "stress/sync/memory/memory_steps.h"

namespace minusone {

// Under a memory model: whether a step reads that one's write.
bool Dpor::reads_from(const Step& step, std::size_t earlier) {
  return step.is_modelled_read() && step.reads_from == static_cast<int>(earlier);
}

// Under a memory model: whether the earlier step might read what this one writes; or, of a
// compare-and-swap that fails, would write, had it come before the update that has taken its value.
bool Dpor::could_read(std::size_t earlier, const Step& step) const {
  const Step& its = steps_[earlier];
  const bool would_write = is_failed_swap(step) && its.is_modelled_write();
  return step.count > 0 && its.is_modelled_read() && (step.is_modelled_write() || would_write) &&
         its.accesses[0].address == step.accesses[0].address && its.agent != step.agent;
}

// Finds the races between `step`, which `agent` takes (or waits to take) after `length` steps, and
// those before it. @return what comes before it
VectorClock Dpor::analyse(std::size_t length, int agent, const Step& step) {
  VectorClock seen = known(agent);  // steps that are no races, for lack of a choice
  VectorClock clock = seen;         // steps that come before
  bool was_next = true;  // `step` is what the agent would have taken in the state looked at
  // The frame whose step gave it a number that another had before; -1: none did.
  int reborn_by = -1;
  for (const Reborn& again : reborn_) {
    if (again.agent == agent) reborn_by = static_cast<int>(again.frame);
  }
  for (std::size_t i = length; i-- > 0;) {
    const Frame& earlier = frames_[i];
    if (earlier.agent == agent) was_next = false;
    if (steps_[i].by_timeout) {
      clock.join(earlier.clock);  // behind which all before it lies
      break;
    }
    if (before(i, seen)) continue;
    // Who creates it may do so earlier, and then it comes first.
    const bool is_old = static_cast<int>(i) > reborn_by;
    const bool exists = is_old && agent < earlier.agents;
    const bool enabled = exists && (earlier.enabled & only(agent)) != 0;
    if (could_read(i, step)) reverse(i, length, agent, step);
    if (reads_from(step, i)) {
      clock.join(earlier.clock);  // and is no reason why it did not come first, with another value
      continue;
    }
    if (!depend(steps_[i], step)) continue;
    if (enabled || !exists || !was_next || others_may_enable(i, length, step))
      reverse(i, length, agent, step);
    clock.join(earlier.clock);
    // What only enabled the step cannot come after it, and hides the race behind it: look on, past
    // what its agent alone did.
    const bool hides =
        (exists && was_next && !enabled) ||
        (call_of(steps_[i].action).enabling->gives && call_of(step.action).enabling->takes);
    if (!hides) seen.join(earlier.clock);
  }
  reverse_forgone(length, agent, step, clock);
  return clock;
}

// An earlier step that forwent what `step` touches (a FUTEX_WAIT whose word had changed, and then a
// wake-up) does not depend on it, but without the change that came before it would have: then
// `step` is to come before it too, and therefore before the change.
void Dpor::reverse_forgone(std::size_t length, int agent, const Step& step,
                           const VectorClock& clock) {
  for (const std::size_t j : forwent_) {
    const Step& lesser = steps_[j];
    if (lesser.agent == agent || !may_depend(lesser, step) || depend(lesser, step)) continue;
    VectorClock seen = frames_[j].previous == -1
                           ? born_[lesser.agent]
                           : frames_[static_cast<std::size_t>(frames_[j].previous)].clock;
    for (std::size_t i = j; i-- > 0 && !steps_[i].by_timeout;) {
      if (before(i, seen) || !depend(steps_[i], lesser)) continue;
      if (!before(i, clock)) reverse(i, length, agent, step);
      seen.join(frames_[i].clock);
    }
  }
}

// Whether what does not happen after frame `at` touches what `step` waits for: then that may be
// what it was waiting for in the state there, and not the step taken from it. (A wait for two
// things, a signal and a mutex, of which different agents see to one each.)
bool Dpor::others_may_enable(std::size_t at, std::size_t length, const Step& step) const {
  for (std::size_t i = at + 1; i < length; ++i) {
    const bool after = frames_[at].nth <= frames_[i].clock[frames_[at].agent];
    if (!after && may_depend(steps_[i], step)) return true;
  }
  return false;
}

// Those who can come first in the sequence of what does not happen after frame `at`, then `step`.
AgentSet Dpor::initials(std::size_t at, std::size_t length, int agent, const Step& step) {
  AgentSet first = 0, seen = 0;
  sequence_.clear();
  const auto independent_of_all = [&](const Step& candidate) {
    return std::ranges::none_of(sequence_, [&](std::uint32_t i) {
      return depend(steps_[i], candidate) || reads_from(candidate, i);
    });
  };
  for (std::size_t i = at + 1; i < length; ++i) {
    const Frame& later = frames_[i];
    if (frames_[at].nth <= later.clock[frames_[at].agent]) continue;
    if ((seen & only(later.agent)) == 0 && independent_of_all(steps_[i]))
      first |= only(later.agent);
    seen |= only(later.agent);
    sequence_.push_back(static_cast<std::uint32_t>(i));
  }
  // Where others come first it may do what it forwent.
  const bool may_be_first = std::ranges::none_of(sequence_, [&](std::uint32_t i) {
    return may_depend(steps_[i], step) || reads_from(step, i);
  });
  if ((seen & only(agent)) == 0 && may_be_first) first |= only(agent);
  return first;
}

void Dpor::reverse(std::size_t at, std::size_t length, int agent, const Step& step) {
  Frame& there = frames_[at];
  const AgentSet first = initials(at, length, agent, step);
  if ((first & there.backtrack & there.enabled) != 0) return;
  const AgentSet possible = first & there.enabled & ~there.done;
  if (possible == 0) return;
  there.backtrack |= (possible & only(agent)) != 0 ? only(agent) : only(std::countr_zero(possible));
}

}  // namespace minusone
