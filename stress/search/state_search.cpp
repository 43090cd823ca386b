#include "stress/search/state_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "protocol/check.h"
#include "protocol/counted.h"

namespace minusone {
namespace {

/// While one lives, a machine's states are merged; then waits are recognised again and nothing is
/// planned, as everybody else expects.
class Merging {
 public:
  Merging(Machine& machine, StateSpace& space) : machine_(machine), space_(space) {
    space_.merges_states(true);
  }
  ~Merging() {
    machine_.faults().plan({});
    space_.merges_states(false);
  }
  Merging(const Merging&) = delete;
  Merging& operator=(const Merging&) = delete;

 private:
  Machine& machine_;
  StateSpace& space_;
};

/// Of so many states with fingerprints of 128 bits: below n(n - 1) / 2 in 2^128.
double chance_of_one_taken_for_another(double states) {
  return std::ldexp(states * (states - 1), -129);
}

StateSpace& space_of(Machine& machine) {
  MINUSONE_CHECK(machine.states() != nullptr, "states are merged where they are known again");
  return *machine.states();
}

}  // namespace

StateSearch::StateSearch(Machine& machine, SearchLimits limits, std::function<bool(int)> may_die)
    : machine_(machine),
      space_(space_of(machine)),
      limits_(std::move(limits)),
      may_die_(std::move(may_die)),
      table_(limits_.state_bytes) {}
StateSearch::~StateSearch() = default;

SearchCounts StateSearch::run(const Visitor& visitor) {
  MINUSONE_CHECK(machine_.faults().plan().empty(), "states are compared where nothing is planned");
  const Merging merging(machine_, space_);
  machine_.reset();
  if (fails_at_once(machine_, visitor, counts_)) return counts_;
  if (!expand_all(visitor)) return counts_;
  if (may_die_) {
    with_deaths_ = true;
    if (!expand_anew(visitor)) return counts_;
  }
  counts_.exhausted = not_taken_again_ == 0;
  if (!counts_.exhausted || races_.is_exact()) return counts_;
  plain_ = states();
  if (!accesses_.has_conflicts()) {
    order_is_known_ = true;
    return counts_;
  }
  order_.emplace(accesses_);
  order_is_known_ = expand_anew(visitor) && !order_is_cut_;
  plain_->ordered = table_.size();
  plain_->missed += chance_of_one_taken_for_another(table_.size());
  counts_.steps = plain_->transitions;
  return counts_;
}

// All once more, with more in each state. What was told is not told again.
bool StateSearch::expand_anew(const Visitor& visitor) {
  table_ = StateTable(limits_.state_bytes);
  is_open_.clear();
  counts_.steps = 0;
  machine_.reset();
  return expand_all(visitor);
}

// From the start of an execution, where the machine stands. @return whether that was all
bool StateSearch::expand_all(const Visitor& visitor) {
  path_.clear();
  open_.clear();
  digest_all();
  const Fingerprint shared = space_.shared_part();
  const auto first = table_.insert(fingerprint(shared, RaceMonitor::nothing, 0));
  if (!first) return !(is_full_ = true);
  enter(first->number, shared, RaceMonitor::nothing, 0);
  while (!path_.empty()) {
    if (!expand(visitor)) return false;
    if (limits_.interrupted && counts_.steps % 1024 == 0 && limits_.interrupted()) return false;
  }
  return true;
}

// Takes one more step from the last state on the path, or leaves it. @return false to stop
bool StateSearch::expand(const Visitor& visitor) {
  Frame& now = path_.back();
  if ((now.left | now.mortal) == 0) return leave(visitor);
  now.kind = now.left == 0 ? death_of : step_of;
  AgentSet& left = now.left == 0 ? now.mortal : now.left;
  // Who goes on for as long as it can makes few switches.
  const int last = path_.size() > 1 ? path_[path_.size() - 2].agent : -1;
  const bool goes_on = last != -1 && (left & only(last)) != 0;
  now.agent = goes_on ? last : std::countr_zero(left);
  left &= ~only(now.agent);
  return take(visitor);
}

bool StateSearch::take(const Visitor& visitor) {
  Frame& now = path_.back();
  now.own = own_[static_cast<std::size_t>(now.agent)];
  now.changes_all = false;
  now.comes_back = false;
  Taken taken;
  const int turn = now.agent + now.kind;
  const Effect effect = perform(turn);
  ++counts_.steps;
  if (machine_.unwatched_stacks() != 0) return false;
  if (effect != Effect::no_effect || !order_) look_for_races(taken);
  const std::size_t depth = path_.size();
  const bool fails = effect == Effect::violation || effect == Effect::limit;
  taken.fails = fails && !order_ && (!with_deaths_ || now.died || now.kind == death_of);
  if (fails) {
    now.leaves = true;
  } else if (effect != Effect::no_effect && !reach(taken)) {
    return false;
  }
  if (taken.is_told()) {
    auto turns = path();
    turns.resize(depth - 1);
    turns.push_back(turn);
    return tell(taken, std::move(turns), visitor);
  }
  if (path_.size() > depth) return true;
  take_back();
  if (!machine_.rewind(path_.back().mark)) stand_at_end_of_path();
  return true;
}

// Of the step that was just taken.
void StateSearch::look_for_races(Taken& taken) {
  const Step& step = machine_.executed();
  const Frame& now = path_.back();
  if (order_) {
    taken.order = order_->behind(now.order, step, machine_.agents(), [&](const void* pc) {
      taken.races |= !races_.knows(pc, step.pc);
    });
    return;
  }
  accesses_.note(step);
  races_.look(machine_, now.ready, [&](int other) {
    if (!races_.knows(step.pc, machine_.pending(other).pc)) taken.racing.push_back(other);
  });
}

// The machine stands behind a step from the last state on the path: goes on from there where nobody
// has been there before. @return false where there is no room for that
bool StateSearch::reach(Taken& taken) {
  Frame& now = path_.back();
  const auto agent = static_cast<std::size_t>(now.agent);
  const Step& step = machine_.executed();
  taken.alarms = !order_ && space_.alarms() && alarmed_.insert({step.pc, now.agent}).second;
  now.changes_all = step.created != 0 || space_.shares_own_parts();
  if (now.changes_all) {
    digest_all();
  } else {
    own_[agent] = space_.own_part(now.agent);
  }
  const Fingerprint shared = space_.shared_part();
  // A look that changed nothing is not when an operation began, which the past would tell.
  if (!now.changes_all && shared == now.shared && own_[agent] == now.own) return true;
  const AgentSet idle = idle_behind(now);
  const auto reached = table_.insert(fingerprint(shared, taken.order, idle));
  if (!reached || (reached->is_new && bytes() > limits_.state_bytes)) {
    is_full_ = true;
    return false;
  }
  if (!reached->is_new) {
    if (is_open_[reached->number]) {
      now.comes_back = true;
      now.low = std::min(now.low, reached->number);
    } else {
      now.leaves |= now.kind != death_of;
    }
  } else if (path_.size() >= limits_.steps) {
    counts_.too_long += !order_;
    order_is_cut_ |= order_.has_value();
    is_open_.push_back(false);
    now.leaves = true;
  } else {
    enter(reached->number, shared, taken.order, idle);
  }
  return true;
}

void StateSearch::enter(std::uint32_t state, const Fingerprint& shared, int order, AgentSet idle) {
  Frame& now = path_.emplace_back();
  now.state = now.low = state;
  now.mark = machine_.mark();
  now.shared = shared;
  now.order = order;
  now.idle = idle;
  for (int agent = 0; agent < machine_.agents(); ++agent) {
    if (machine_.state(agent) == AgentState::ready) now.ready |= only(agent);
  }
  if (path_.size() > 1) {
    const Frame& before = path_[path_.size() - 2];
    now.died = before.died || before.kind == death_of;
  }
  for (int agent = 0; with_deaths_ && !now.died && agent < machine_.agents(); ++agent) {
    if (machine_.state(agent) != AgentState::finished && (idle & only(agent)) == 0 &&
        may_die_(agent))
      now.mortal |= only(agent);
  }
  now.left = now.ready;
  open_.push_back(state);
  is_open_.push_back(true);
}

// All steps from the last state on the path were taken.
bool StateSearch::leave(const Visitor& visitor) {
  if (lets_deadline_pass()) return take(visitor);
  const Frame last = path_.back();
  const bool is_root = last.low == last.state;
  bool goes_on = true, disturbed = false;
  if (is_root) {
    std::uint32_t closed;
    do {
      closed = open_.back();
      open_.pop_back();
      is_open_[closed] = false;
    } while (closed != last.state);
    disturbed = !last.leaves && !order_ && (!with_deaths_ || last.died);
    if (disturbed) goes_on = tell_end(visitor);
  }
  path_.pop_back();
  if (path_.empty()) return goes_on;
  Frame& now = path_.back();
  now.leaves |= is_root ? now.kind != death_of : last.leaves;
  if (!is_root) {
    now.low = std::min(now.low, last.low);
    now.rests |= last.rests;
    now.comes_back = true;
  }
  if (disturbed || !machine_.rewind(now.mark)) stand_at_end_of_path();
  take_back();
  return goes_on;
}

// Nobody leaves the states from here on, or nobody did until a deadline passed. @return whether one
// is to, and whose it is stands in the last state on the path
bool StateSearch::lets_deadline_pass() {
  Frame& now = path_.back();
  if (!now.rests && now.low == now.state && !now.leaves) {
    now.rests = true;
    now.late = space_.who_may_time_out();
  } else if (now.late != 0 && !now.comes_back) {
    now.late = 0;
  }
  if (now.late == 0) return false;
  now.agent = std::countr_zero(now.late);
  now.kind = deadline_of;
  now.late &= now.late - 1;
  return true;
}

// The step that was tried last was taken back, or will be: so are what is kept of it here.
void StateSearch::take_back() {
  const Frame& now = path_.back();
  if (now.changes_all) {
    if (!machine_.rewind(now.mark)) stand_at_end_of_path();
    digest_all();
  } else {
    own_[static_cast<std::size_t>(now.agent)] = now.own;
  }
}

void StateSearch::digest_all() {
  own_.resize(static_cast<std::size_t>(machine_.agents()));
  for (int agent = 0; agent < machine_.agents(); ++agent)
    own_[static_cast<std::size_t>(agent)] = space_.own_part(agent);
}

// A death comes where its agent has stopped, and while it is to come no deadline passes.
AgentSet StateSearch::idle_behind(const Frame& frame) const {
  if (!with_deaths_ || frame.died || frame.kind == death_of) return 0;
  const AgentSet others = frame.kind == deadline_of ? first_agents(machine_.agents()) : frame.idle;
  return others & ~only(frame.agent);
}

Fingerprint StateSearch::fingerprint(const Fingerprint& shared, int order, AgentSet idle) const {
  Digest digest;
  digest.add(shared);
  for (const Fingerprint& own : own_) digest.add(own);
  digest.add(space_.past());
  digest.add(order);
  digest.add(idle);
  return digest.value();
}

Effect StateSearch::perform(int turn) {
  if (turn >= deadline_of) return machine_.time_out(turn - deadline_of);
  return turn >= death_of ? space_.kill(turn - death_of) : machine_.step(turn);
}

// From the start, for the machine was elsewhere or does not keep the way back.
void StateSearch::stand_at_end_of_path() {
  machine_.faults().plan({});
  space_.merges_states(true);
  machine_.reset();
  for (Frame& frame : path_) {
    frame.mark = machine_.mark();
    if (&frame != &path_.back()) perform(frame.agent + frame.kind);
  }
}

std::vector<int> StateSearch::path() const {
  std::vector<int> turns;
  for (const Frame& frame : path_) turns.push_back(frame.agent + frame.kind);
  return turns;
}

std::vector<std::string> StateSearch::limits() const {
  std::vector<std::string> limits;
  if (is_full_ && !plain_) {
    limits.push_back(fmt::format("no room was left for another state in {} MB (--memory-limit)",
                                 limits_.state_bytes >> 20));
  }
  if (not_taken_again_ > 0) {
    limits.push_back(fmt::format("{} not judged, for no schedule without idle rounds leads there",
                                 counted_were(not_taken_again_, "state")));
  }
  return limits;
}

std::optional<StateCounts> StateSearch::states() const {
  if (plain_) return plain_;
  return StateCounts{.states = table_.size(),
                     .transitions = counts_.steps,
                     .bytes = bytes(),
                     .missed = chance_of_one_taken_for_another(table_.size())};
}

std::size_t StateSearch::bytes() const { return table_.bytes() + (order_ ? order_->bytes() : 0); }

std::string StateSearch::races_not_judged() const {
  if (races_not_shown_ > 0) return "two accesses were next at once, and no schedule shows them so";
  return races_.is_exact() || order_is_known_ ? "" : races_.looser();
}

}  // namespace minusone
