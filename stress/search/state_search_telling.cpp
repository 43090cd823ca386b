// From what the search over states has found to executions: taken from the start, with waits
// recognised, as every schedule is. Methods of StateSearch.
#include <algorithm>
#include <bit>

#include "protocol/check.h"
#include "stress/search/state_search.h"

namespace minusone {

// Hands out what is to be told of a step. @param turns  the path, and that step
bool StateSearch::tell(const Taken& taken, std::vector<int> turns, const Visitor& visitor) {
  // The frame behind the step is none of the path that leads to it.
  const bool entered = path_.size() == turns.size() + 1;
  const Frame behind = path_.back();
  if (entered) path_.pop_back();
  stand_at_end_of_path();
  digest_all();
  bool goes_on = true;
  if (taken.fails || taken.alarms) {
    if (!take_again(turns, 1)) {
      ++not_taken_again_;
    } else {
      const auto end = end_of(effect_);
      goes_on = hand_out(end ? *end : go_on_to_end().value_or(End::too_long), taken.fails, visitor);
    }
  }
  if (goes_on && taken.races) goes_on = tell_order(turns, visitor);
  turns.pop_back();
  for (const int other : taken.racing) {
    if (goes_on) goes_on = tell_race(turns, other, visitor);
  }
  if (entered) path_.push_back(behind);
  stand_at_end_of_path();
  digest_all();
  return goes_on;
}

// The agent that was tried and another, whose accesses are next at once: one after the other they
// race. @param turns  the path
bool StateSearch::tell_race(const std::vector<int>& turns, int other, const Visitor& visitor) {
  const int agent = path_.back().agent;
  MINUSONE_CHECK(path_.back().kind == step_of, "a death or a deadline accesses nothing");
  // Of a read and a write the write comes first: what is read else may be a round of a wait loop.
  for (const auto& [first, second] : {std::pair(other, agent), std::pair(agent, other)}) {
    auto longer = turns;
    longer.insert(longer.end(), {first, second});
    if (!take_again(longer, 2)) continue;
    const std::size_t last = steps_.size() - 1;
    races_.know(steps_[last - 1], steps_[last]);
    const auto pairs = detector_.races(steps_);
    if (std::ranges::find(pairs, RacePair{last - 1, last}) == pairs.end()) continue;
    const auto end = end_of(effect_);
    return hand_out(end ? *end : go_on_to_end().value_or(End::too_long), false, visitor);
  }
  ++races_not_shown_;
  return true;
}

// The last of the turns races with an earlier one.
bool StateSearch::tell_order(const std::vector<int>& turns, const Visitor& visitor) {
  bool is_shown = false;
  if (take_again(turns, 1)) {
    const std::size_t last = steps_.size() - 1;
    for (const RacePair& pair : detector_.races(steps_)) {
      if (pair.second != last) continue;
      is_shown = true;
      races_.know(steps_[pair.first], steps_[last]);
    }
  }
  races_not_shown_ += !is_shown;
  if (!is_shown) return true;
  const auto end = end_of(effect_);
  return hand_out(end ? *end : go_on_to_end().value_or(End::too_long), false, visitor);
}

// The last state on the path is one of those that lead to each other and nowhere else.
bool StateSearch::tell_end(const Visitor& visitor) {
  auto turns = path();
  turns.pop_back();
  if (!take_again(std::move(turns), 0)) {
    ++not_taken_again_;
    return true;
  }
  const std::optional<End> end = go_on_to_end();
  // An assumption about what was read before it changed: it is none of the program's executions.
  if (!end && machine_.is_open()) {
    ++counts_.duplicates;
    return true;
  }
  // Nobody leaves these states, so whoever would go round a wait loop once more waits all the same.
  return hand_out(end.value_or(End::quiescent), true, visitor);
}

// @param counts_cut  whether where it is cut something stays unknown
bool StateSearch::hand_out(End end, bool counts_cut, const Visitor& visitor) {
  if (end != End::too_long || counts_cut) counts_.add(end);
  return visitor({steps_, end}) && counts_.executions() < limits_.executions;
}

// Takes the turns from the start, with waits recognised; rounds of wait loops that came to nothing
// are left out.
// @param behind_path  so many of the turns, the last, go on from the path's last state
// @return false: not all can be taken
bool StateSearch::take_again(std::vector<int> turns, std::size_t behind_path) {
  for (;;) {
    const std::size_t taken = take_turns(turns);
    if (taken == turns.size()) return true;
    if (taken + behind_path >= turns.size() || !leave_out_round(turns, taken, behind_path))
      return false;
  }
}

// @return how many of the turns can be taken
std::size_t StateSearch::take_turns(const std::vector<int>& turns) {
  space_.merges_states(false);
  machine_.faults().plan(plan_of(turns));
  machine_.reset();
  steps_.clear();
  effect_ = Effect::stepped;
  std::size_t taken = 0;
  while (taken < turns.size() && !end_of(effect_) && take_turn(turns[taken])) ++taken;
  return taken;
}

bool StateSearch::take_turn(int turn) {
  const int agent = turn % max_agents;
  if (agent >= machine_.agents()) return false;
  if (turn >= deadline_of) return let_deadline_pass(agent);
  return machine_.state(agent) == AgentState::ready && take_step(agent);
}

bool StateSearch::take_step(int agent) {
  effect_ = machine_.step(agent);
  if (effect_ == Effect::no_effect) return false;
  steps_.push_back(machine_.executed());
  return true;
}

// Those who wait in loops go round first; and agents give up in their order, and come back.
bool StateSearch::let_deadline_pass(int agent) {
  constexpr std::size_t most = 1'000;  // steps until it is the agent's turn
  for (const std::size_t before = steps_.size(); steps_.size() < before + most;) {
    const Turn turn = next_turn(machine_);
    if (turn.kind == Turn::Kind::ready) {
      take_step(std::countr_zero(turn.ready));
    } else if (turn.kind == Turn::Kind::timeout) {
      effect_ = machine_.time_out(turn.agent);
      steps_.push_back(machine_.executed());
      if (turn.agent == agent) return true;
    } else {
      return false;
    }
    if (end_of(effect_)) return false;
  }
  return false;
}

// A death comes behind so many steps of its agent's own.
FaultPlan StateSearch::plan_of(const std::vector<int>& turns) const {
  const auto death =
      std::ranges::find_if(turns, [](int turn) { return turn >= death_of && turn < deadline_of; });
  if (death == turns.end()) return {};
  const int agent = *death - death_of;
  const auto own =
      std::count_if(turns.begin(), death, [&](int turn) { return turn % max_agents == agent; });
  return {{FaultKind::death, agent, static_cast<int>(own)}};
}

// The agent of that turn only goes round a wait loop there: leaves out the turns of such a round.
bool StateSearch::leave_out_round(std::vector<int>& turns, std::size_t at,
                                  std::size_t behind_path) {
  if (turns[at] >= death_of) return false;  // it goes round no loop
  const int agent = turns[at];
  machine_.faults().plan({});
  space_.merges_states(true);
  machine_.reset();
  std::vector<std::pair<std::size_t, Fingerprint>> before;  // by turn of the agent's
  for (std::size_t i = 0; i <= at; ++i) {
    if (turns[i] == agent) before.emplace_back(i, space_.own_part(agent));
    perform(turns[i]);
  }
  before.emplace_back(at + 1, space_.own_part(agent));
  // The round ends with the turn, or ended before it.
  for (std::size_t end = before.size(); end-- + 2 > before.size() && end > 0;) {
    for (std::size_t begin = end; begin-- > 0;) {
      if (before[begin].second != before[end].second) continue;
      std::vector<int> shorter;
      for (std::size_t i = 0; i < turns.size(); ++i) {
        const bool in_round =
            turns[i] == agent && i >= before[begin].first && i < before[end].first;
        if (!in_round) shorter.push_back(turns[i]);
      }
      if (!leads_here(shorter, behind_path)) continue;
      turns = std::move(shorter);
      return true;
    }
  }
  return false;
}

// Whether the turns, but for the last, lead to the path's last state too.
bool StateSearch::leads_here(const std::vector<int>& turns, std::size_t behind_path) {
  machine_.reset();
  for (std::size_t i = 0; i + behind_path < turns.size(); ++i) {
    const int agent = turns[i] % max_agents;
    const bool can_go_on = agent < machine_.agents() &&
                           (turns[i] >= death_of ? machine_.state(agent) != AgentState::finished
                                                 : machine_.state(agent) == AgentState::ready);
    if (!can_go_on || perform(turns[i]) != Effect::stepped) return false;
  }
  return is_here();
}

bool StateSearch::is_here() const {
  if (space_.shared_part() != path_.back().shared ||
      own_.size() != static_cast<std::size_t>(machine_.agents()))
    return false;
  for (int agent = 0; agent < machine_.agents(); ++agent) {
    const auto at = static_cast<std::size_t>(agent);
    if (space_.own_part(agent) != own_[at]) return false;
  }
  return true;
}

// Goes on with whoever can. @return how it ended; nothing: it did not, for nobody is ready, and
// what was read before would let somebody go on
std::optional<End> StateSearch::go_on_to_end() {
  int last = steps_.empty() ? -1 : steps_.back().agent;
  for (;;) {
    const Turn turn = next_turn(machine_);
    if (turn.kind == Turn::Kind::stale) return std::nullopt;
    if (!turn.goes_on()) return turn.end();
    if (steps_.size() >= limits_.steps) return End::too_long;
    if (turn.kind == Turn::Kind::timeout) {
      effect_ = machine_.time_out(turn.agent);
    } else {
      const bool goes_on = last != -1 && (turn.ready & only(last)) != 0;
      last = goes_on ? last : std::countr_zero(turn.ready);
      effect_ = machine_.step(last);
    }
    if (effect_ == Effect::no_effect) continue;
    steps_.push_back(machine_.executed());
    if (const auto end = end_of(effect_)) return end;
  }
}

}  // namespace minusone
