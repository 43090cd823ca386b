#include "stress/search/dpor.h"

#include <algorithm>
#include <bit>

#include "stress/sync/family.h"

namespace minusone {
namespace {

/// Steps of one agent in a row, after which another comes first: whose turn it is is all the same
/// to what is visited, but not to a loop that waits for the other.
constexpr std::size_t longest_run = 500;

}  // namespace

Dpor::Dpor(Machine& machine, SearchLimits limits) : machine_(machine), limits_(std::move(limits)) {}
Dpor::~Dpor() = default;

Dpor::Frame& Dpor::frame(std::size_t depth) {
  if (depth == frames_.size()) {
    frames_.emplace_back();
    steps_.emplace_back();
    asleep_.resize(asleep_.size() + static_cast<std::size_t>(row_));
  }
  return frames_[depth];
}

// Few programs have more than a handful of agents, and a row for all that there may be is long.
void Dpor::make_room_for(int agents) {
  const int before = row_;
  row_ = agents <= 32 ? 32 : max_agents;
  std::vector<Step> wider(frames_.size() * static_cast<std::size_t>(row_));
  for (std::size_t at = 0; at < asleep_.size(); ++at) {
    const std::size_t row = at / static_cast<std::size_t>(before);
    wider[row * static_cast<std::size_t>(row_) + at % static_cast<std::size_t>(before)] =
        asleep_[at];
  }
  asleep_ = std::move(wider);
}

SearchCounts Dpor::run(const Visitor& visitor) {
  machine_.reset();
  if (fails_at_once(machine_, visitor, counts_)) return counts_;
  last_.fill(-1);
  frame(0);
  enter(0);
  path_ = 1;
  while (run_once(path_ - 1, visitor)) {
    // Back to the deepest state from which something is left to try.
    for (; path_ > 0; --path_) {
      Frame& last = frames_[path_ - 1];
      const AgentSet left = last.backtrack & last.enabled & ~last.done & ~last.sleeping;
      if (left == 0) continue;
      go_to(path_ - 1);
      last.agent = std::countr_zero(left);
      break;
    }
    if (path_ == 0) {
      counts_.exhausted = true;
      break;
    }
  }
  return counts_;
}

// Notes who can go on from the state that the machine is in.
void Dpor::enter(std::size_t depth) {
  Frame& now = frame(depth);
  now.enabled = now.backtrack = now.done = now.sleeping = 0;
  now.agent = -1;
  now.agents = machine_.agents();
  if (now.agents > row_) make_room_for(now.agents);
  if (depth > 0) {
    // Who slept, or was done, sleeps on unless the step depends on its own.
    const Frame& last = frames_[depth - 1];
    for (AgentSet rest = last.sleeping | (last.done & ~only(last.agent)); rest != 0;
         rest &= rest - 1) {
      const int agent = std::countr_zero(rest);
      const Step& its = asleep(depth - 1, agent);
      if (depend(its, steps_[depth - 1])) continue;
      now.sleeping |= only(agent);
      asleep(depth, agent) = its;
    }
  }
  for (int agent = 0; agent < now.agents; ++agent) {
    if (machine_.state(agent) == AgentState::ready && has_effect(depth, agent))
      now.enabled |= only(agent);
  }
  now.mark = machine_.mark();
}

// Whether a ready agent's step has an effect, or only ends another round of a wait loop: then the
// agent has been let go round, and waits. Tried only where there is doubt.
bool Dpor::has_effect(std::size_t depth, int agent) {
  if ((frames_[depth].sleeping & only(agent)) != 0) return true;
  const Step& pending = machine_.pending(agent);
  if (!waits_.contains(pending.pc)) return true;
  if (depth > 0) {
    const Frame& last = frames_[depth - 1];
    if (last.agent != agent && (last.enabled & only(agent)) != 0 &&
        !depend(steps_[depth - 1], pending)) {
      return true;
    }
  }
  const int mark = machine_.mark();
  if (machine_.step(agent) == Effect::no_effect) return false;
  frames_[depth].mark = mark;
  restore(depth);
  return true;
}

// Who goes on for as long as it can makes few switches, and traces that are easy to read.
int Dpor::choose(const Frame& now, std::size_t depth) const {
  const AgentSet free = now.enabled & ~now.sleeping & ~now.done;
  if (free == 0) return -1;
  if (depth == 0 || (free & only(frames_[depth - 1].agent)) == 0) return std::countr_zero(free);
  const int last = frames_[depth - 1].agent;
  const bool is_long =
      depth >= longest_run &&
      std::ranges::all_of(frames_.begin() + static_cast<int>(depth) - static_cast<int>(longest_run),
                          frames_.begin() + static_cast<int>(depth),
                          [&](const Frame& f) { return f.agent == last; });
  const AgentSet later = free & ~(only(last) | (only(last) - 1));
  const AgentSet others = later != 0 ? later : free & ~only(last);
  return is_long && others != 0 ? std::countr_zero(others) : last;
}

// The step at `depth` was taken by `agent`: looks for its races, and puts it in the order.
void Dpor::take(std::size_t depth, int agent) {
  Frame& now = frames_[depth];
  if (steps_[depth].by_timeout) {
    now.clock.clear();
    for (int other = 0; other < now.agents; ++other) now.clock.join(known(other));
  } else {
    now.clock = analyse(depth, agent, steps_[depth]);
  }
  now.nth = now.clock.tick(static_cast<std::size_t>(agent));
  now.agent = agent;
  now.previous = last_[static_cast<std::size_t>(agent)];
  last_[static_cast<std::size_t>(agent)] = static_cast<int>(depth);
  if (steps_[depth].forgoes()) forwent_.push_back(depth);
  if (steps_[depth].created != 0) note_created(depth);
}

// A thread knows what its creator does; and where its number was an earlier thread's, what that
// did.
void Dpor::note_created(std::size_t depth) {
  const Frame& now = frames_[depth];
  for (int fresh = now.agents; fresh < machine_.agents(); ++fresh)
    born_[static_cast<std::size_t>(fresh)] = now.clock;
  for (AgentSet left = steps_[depth].created & first_agents(now.agents); left != 0;
       left &= left - 1) {
    const auto again = static_cast<std::size_t>(std::countr_zero(left));
    reborn_.push_back({depth, static_cast<int>(again), last_[again], born_[again]});
    VectorClock both = known(static_cast<int>(again));
    both.join(now.clock);
    born_[again] = both;
    last_[again] = -1;
  }
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
    if (before(i, seen) || !depend(steps_[i], step)) continue;
    // Who creates it may do so earlier, and then it comes first.
    const bool is_old = static_cast<int>(i) > reborn_by;
    const bool exists = is_old && agent < earlier.agents;
    const bool enabled = exists && (earlier.enabled & only(agent)) != 0;
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
    return std::ranges::none_of(sequence_,
                                [&](std::uint32_t i) { return depend(steps_[i], candidate); });
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
  const bool may_be_first =
      std::ranges::none_of(sequence_, [&](std::uint32_t i) { return may_depend(steps_[i], step); });
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

// From the state at `depth`, where `next` goes on (or -1: who likes), to the execution's end, whose
// depth it leaves.
End Dpor::go_on(std::size_t& depth, int next) {
  AgentSet waiting = 0;  // went round without an effect in the state of now
  for (;;) {
    Frame& now = frames_[depth];
    const bool first_visit = now.done == 0;
    if (depth >= limits_.steps) {
      look_at_all(depth);
      return End::too_long;
    }
    if (next == -1) next = choose(now, depth);
    bool times_out = false;
    if (next == -1) {
      const Turn turn = rest(depth);
      if (!turn.goes_on()) return turn.end();
      next = turn.agent;
      now.enabled |= only(next);
      times_out = true;
    }
    now.backtrack |= only(next);
    now.agent = next;
    const Effect effect = times_out ? machine_.time_out(next) : machine_.step(next);
    if (effect == Effect::no_effect) {
      // It waits: as if disabled. What it read is what would have to come otherwise.
      now.enabled &= ~only(next);
      waits_.insert(machine_.pending(next).pc);
      analyse(depth, next, machine_.pending(next));
      // Whoever was throttled for its sake may go on.
      waiting |= only(next);
      for (int agent = 0; agent < now.agents && first_visit && machine_.throttled(); ++agent) {
        if ((waiting & only(agent)) == 0 && machine_.state(agent) == AgentState::ready)
          now.enabled |= only(agent);
      }
      next = -1;
      if (first_visit) continue;  // somebody else's turn, from the same state
      return End::duplicate;
    }
    steps_[depth] = asleep(depth, next) = machine_.executed();
    now.done |= only(next);
    take(depth, next);
    ++counts_.steps;
    next = -1;
    waiting = 0;
    frame(++depth);
    if (const auto end = end_of(effect)) {
      frames_[depth].enabled = 0;
      if (*end == End::too_long) look_at_all(depth);
      return *end;
    }
    enter(depth);
  }
}

// Where an execution is cut: what those who are left would do is part of the races, for they come
// first elsewhere.
void Dpor::look_at_all(std::size_t depth) {
  for (int agent = 0; agent < machine_.agents(); ++agent) {
    if (machine_.state(agent) != AgentState::finished)
      analyse(depth, agent, machine_.pending(agent));
  }
}

// Nobody goes on, or only agents whose steps from here are explored elsewhere. What those who wait
// would do is part of the races.
Turn Dpor::rest(std::size_t depth) {
  const AgentSet asleep = frames_[depth].enabled;
  for (int agent = 0; agent < machine_.agents(); ++agent) {
    if (machine_.state(agent) == AgentState::finished || (asleep & only(agent)) != 0) continue;
    // Its round of a wait loop came to nothing before the machine was reset: it goes round again.
    if (machine_.state(agent) == AgentState::ready) machine_.step(agent);
    analyse(depth, agent, machine_.pending(agent));
  }
  // A stale agent would go round its wait loop again: the execution in which it comes later, and
  // waits where it does, is visited elsewhere.
  return asleep != 0 ? Turn{.kind = Turn::Kind::stale} : next_turn(machine_);
}

// Brings the machine from the end of the last execution to the path's state at `depth`.
void Dpor::go_to(std::size_t depth) {
  while (taken_ > depth) {
    const Frame& undone = frames_[--taken_];
    for (; !reborn_.empty() && reborn_.back().frame == taken_; reborn_.pop_back()) {
      const Reborn& before = reborn_.back();
      last_[static_cast<std::size_t>(before.agent)] = before.last;
      born_[static_cast<std::size_t>(before.agent)] = before.born;
    }
    last_[static_cast<std::size_t>(undone.agent)] = undone.previous;
  }
  while (!forwent_.empty() && forwent_.back() >= depth) forwent_.pop_back();
  restore(depth);
}

// Puts the machine, not the search, into the path's state at `depth`.
void Dpor::restore(std::size_t depth) {
  if (machine_.rewind(frames_[depth].mark)) return;
  machine_.reset();
  for (std::size_t i = 0; i < depth; ++i) {
    frames_[i].mark = machine_.mark();
    steps_[i].by_timeout ? machine_.time_out(frames_[i].agent) : machine_.step(frames_[i].agent);
  }
  frames_[depth].mark = machine_.mark();
}

// Goes on from the path's state at `prefix` with its next agent there, then with whoever can.
// @return false to stop the search
bool Dpor::run_once(std::size_t prefix, const Visitor& visitor) {
  std::size_t depth = prefix;
  const auto end = go_on(depth, frames_[depth].agent);
  taken_ = depth;
  if (machine_.unwatched_stacks() != 0) return false;
  counts_.add(end);
  path_ = depth + 1;
  if (++probes_ % 64 == 1) {
    double product = 1;
    for (std::size_t i = 0; i < depth; ++i) product *= std::popcount(frames_[i].backtrack);
    estimate_ += (product - estimate_) / static_cast<double>(probes_ / 64 + 1);
  }
  if (end != End::duplicate && !visitor({{steps_.data(), depth}, end})) return false;
  if (counts_.executions() >= limits_.executions) return false;
  return !(limits_.interrupted && probes_ % 64 == 0 && limits_.interrupted());
}

double Dpor::estimate() const {
  return std::max(estimate_, static_cast<double>(counts_.executions()));
}

}  // namespace minusone
