#include "stress/search/dpor.h"

#include <algorithm>
#include <bit>
#include <utility>

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
    since_.resize(asleep_.size());
  }
  return frames_[depth];
}

// Few programs have more than a handful of agents, and a row for all that there may be is long.
void Dpor::make_room_for(int agents) {
  const int before = row_;
  row_ = agents <= 32 ? 32 : max_agents;
  std::vector<Step> wider(frames_.size() * static_cast<std::size_t>(row_));
  std::vector<int> wider_since(wider.size());
  for (std::size_t at = 0; at < asleep_.size(); ++at) {
    const std::size_t row = at / static_cast<std::size_t>(before);
    const std::size_t to =
        row * static_cast<std::size_t>(row_) + at % static_cast<std::size_t>(before);
    wider[to] = asleep_[at];
    wider_since[to] = since_[at];
  }
  asleep_ = std::move(wider);
  since_ = std::move(wider_since);
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
      if (last.way + 1 < last.ways) {
        go_to(path_ - 1);
        last.way = next_way(path_ - 1, last.agent, last.way + 1);
        if (last.way < last.ways) break;
      }
      const AgentSet left = last.backtrack & last.enabled & ~last.done & ~last.sleeping;
      if (left == 0 && !std::exchange(last.may_wait, false)) continue;
      go_to(path_ - 1);
      last.agent = left == 0 ? -1 : std::countr_zero(left);
      last.way = last.ways = 0;
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
  now.enabled = now.backtrack = now.done = now.sleeping = now.partly = 0;
  now.agent = -1;
  now.way = now.ways = 0;
  now.may_wait = false;
  now.agents = machine_.agents();
  if (now.agents > row_) make_room_for(now.agents);
  if (depth > 0) sleep_on(depth);
  for (int agent = 0; agent < now.agents; ++agent) {
    if (machine_.state(agent) == AgentState::ready && has_effect(depth, agent))
      now.enabled |= only(agent);
  }
  now.mark = machine_.mark();
}

// Who slept, or was done, sleeps on unless the step depends on its own.
void Dpor::sleep_on(std::size_t depth) {
  const Frame& last = frames_[depth - 1];
  Frame& now = frames_[depth];
  for (AgentSet left = (last.sleeping | last.partly | last.done) & ~only(last.agent); left != 0;
       left &= left - 1) {
    const int agent = std::countr_zero(left);
    const Step& its = asleep(depth - 1, agent);
    if (depend(its, steps_[depth - 1])) continue;
    asleep(depth, agent) = its;
    if (!its.is_modelled_read()) {
      now.sleeping |= only(agent);
      continue;
    }
    const bool done = (last.done & only(agent)) != 0;
    since_[slot(depth, agent)] = done ? static_cast<int>(depth) - 1 : slept(depth - 1, agent);
    now.partly |= only(agent);
    if (!wakes_to_new_write(depth, agent)) now.sleeping |= only(agent);
  }
}

// Whether an agent that sleeps for what it may read was asleep for all of that before.
bool Dpor::wakes_to_new_write(std::size_t depth, int agent) {
  if (machine_.state(agent) != AgentState::ready) return false;
  const int ways = machine_.ways(agent);
  for (int way = 0; way < ways; ++way) {
    if (machine_.read_by_way(way) >= slept(depth, agent)) return true;
  }
  return false;
}

// The first of the ways from `from` on for which the agent is awake. @pre the machine is there
int Dpor::next_way(std::size_t depth, int agent, int from) {
  Frame& now = frames_[depth];
  now.ways = machine_.ways(agent);
  while (from < now.ways && (now.partly & only(agent)) != 0 &&
         machine_.read_by_way(from) < slept(depth, agent))
    ++from;
  return from;
}

// Whether there is anything left to read for which an agent sleeps.
bool Dpor::sleeps_for_some(std::size_t depth, int agent) {
  if ((frames_[depth].partly & only(agent)) == 0) return false;
  const int ways = machine_.ways(agent);
  for (int way = 0; way < ways; ++way) {
    if (machine_.read_by_way(way) < slept(depth, agent)) return true;
  }
  return false;
}

// Whether a step may give another's more to read.
bool Dpor::changes_ways(const Step& step, const Step& others) {
  return step.is_modelled_write() && others.is_modelled_read() &&
         step.accesses[0].address == others.accesses[0].address;
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
        !depend(steps_[depth - 1], pending) && !changes_ways(steps_[depth - 1], pending)) {
      return true;
    }
  }
  // The newest comes last: behind that it waits.
  for (int way = machine_.ways(agent); way-- > 0;) {
    const int mark = machine_.mark();
    if (way > 0) machine_.choose_way(way);
    const bool in_vain = machine_.step(agent) == Effect::no_effect;
    if (in_vain && way == 0) return false;
    frames_[depth].mark = mark;
    restore(depth);
    if (!in_vain) return true;
  }
  return false;
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

// From the state at `depth`, where `next` goes on (or -1: who likes), to the execution's end, whose
// depth it leaves.
End Dpor::go_on(std::size_t& depth, int next) {
  const std::size_t waits_at = next == -1 ? depth : SIZE_MAX;  // the others' turn, instead
  bool newest_in_vain = false;                                 // of what `next` may read
  AgentSet waiting = 0;  // went round without an effect in the state of now
  for (;;) {
    Frame& now = frames_[depth];
    const bool first_visit = now.done == 0 || depth == waits_at;
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
    if (times_out) {
      now.ways = 1;
    } else if (now.ways == 0) {
      now.way = next_way(depth, next, 0);
      newest_in_vain = now.way > 0 && waits_at_newest(depth, next);
    }
    if (now.way > 0 && machine_.ways(next) > now.way) machine_.choose_way(now.way);
    const Effect effect = times_out ? machine_.time_out(next) : machine_.step(next);
    if (effect == Effect::no_effect) {
      // Its round comes to nothing with what it read: it may read something else.
      if (now.ways > 1) {
        newest_in_vain |= now.way == 0;
        restore(depth);
        now.way = next_way(depth, next, now.way + 1);
        if (now.way < now.ways) continue;
        newest_in_vain = false;
        now.way = now.ways = 0;
        if (sleeps_for_some(depth, next)) {
          now.sleeping |= only(next);
          next = -1;
          if (first_visit) continue;
          return End::duplicate;
        }
        if ((now.done & only(next)) != 0) return End::duplicate;
        machine_.step(next);  // with the newest: it waits for what comes behind that
      }
      now.way = now.ways = 0;
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
    now.may_wait |= std::exchange(newest_in_vain, false);
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

// Those whose steps from here are explored elsewhere. Who waits where it reads what is newest is at
// rest although it might have read something else: that is explored elsewhere, and so is not this.
AgentSet Dpor::asleep_at_rest(std::size_t depth) {
  const AgentSet enabled = frames_[depth].enabled;
  AgentSet asleep = enabled;
  for (AgentSet left = enabled; left != 0; left &= left - 1) {
    const int agent = std::countr_zero(left);
    if (waits_at_newest(depth, agent)) asleep &= ~only(agent);
  }
  return asleep;
}

bool Dpor::waits_at_newest(std::size_t depth, int agent) {
  if (!machine_.pending(agent).is_modelled_read()) return false;
  frames_[depth].mark = machine_.mark();
  const bool waits = machine_.step(agent) == Effect::no_effect;
  restore(depth);
  return waits;
}

// Nobody goes on, or only agents whose steps from here are explored elsewhere. What those who wait
// would do is part of the races.
Turn Dpor::rest(std::size_t depth) {
  const AgentSet asleep = asleep_at_rest(depth);
  for (int agent = 0; agent < machine_.agents(); ++agent) {
    if (machine_.state(agent) == AgentState::finished) continue;
    if ((asleep & only(agent)) != 0) {
      // Asleep for some of what it may read only: it may have come too late for the rest.
      if ((frames_[depth].partly & only(agent)) != 0)
        analyse(depth, agent, machine_.pending(agent));
      continue;
    }
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
    machine_.choose_way(steps_[i].way);
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
