// Loops: which agents wait in one, and who is held so that the others come to their turn. Methods
// of FiberMachine.
#include <algorithm>

#include "stress/fibers/fiber_machine.h"
#include "stress/sync/family.h"
#include "stress/sync/memory/memory_steps.h"

namespace minusone {
namespace {

/// Own steps without coming back to where a round began, after which it is taken to begin
/// elsewhere.
constexpr int longest_round = 32;

}  // namespace

std::uint64_t FiberMachine::digest_of(const Places& places) const {
  std::uint64_t all = 0;
  for (int i = 0; i < places.count; ++i) {
    const Access& access = places.read[static_cast<std::size_t>(i)];
    const std::uint64_t one = (places.objects >> i & 1) != 0 ? sync_.digest_of(access.address)
                                                             : digest(access.address, access.bytes);
    all = (all ^ one) * 0x9e3779b97f4a7c15u;
  }
  return all;
}

std::uint64_t FiberMachine::awaited_by(const AgentSnapshot& agent) const {
  if (agent.spin.held != SpinLoop::Held::no) return digest_of(agent.spin.places);
  return digest(agent.pending.accesses[0].address, agent.pending.accesses[0].bytes);
}

std::vector<Access> FiberMachine::awaited(int index) const {
  const AgentSnapshot& agent = agent_at(index).now;
  const Step& pending = agent.pending;
  std::vector<Access> all(pending.accesses.begin(), pending.accesses.begin() + pending.count);
  if (agent.run_state != RunState::awaiting) return all;
  int left = agent.in_round;
  undo_log_.for_each_read(agent, [&](int i) {
    if (left-- == 0) return true;
    all.push_back(undo_log_.at(i).before.pending.accesses[0]);
    return false;
  });
  const Places& places = agent.spin.places;
  for (int i = 0; i < places.count && places.all_known(); ++i)
    all.push_back(places.read[static_cast<std::size_t>(i)]);
  return all;
}

bool FiberMachine::is_held_back(const AgentSnapshot& agent) const {
  if (agent.spin.held == SpinLoop::Held::no && is_modelled(agent.pending))
    return graph_->last_added(agent.pending.accesses[0]) == agent.saw;
  if (agent.spin.held != SpinLoop::Held::until_turn) return awaited_by(agent) == agent.seen;
  const auto& steps = turns_[static_cast<std::size_t>(agent.spin.turns)].steps;
  for (int other = 0; other < agents_count_; ++other) {
    const Agent& its = agent_at(other);
    const auto at = static_cast<std::size_t>(other);
    if (other == agent.context.id || its.now.run_state == RunState::finished ||
        its.now.faults.steps != (at < steps.size() ? steps[at] : 0)) {
      continue;
    }
    // Of those who wait for their own turn none has to wait for the others.
    const bool waits =
        its.now.run_state == RunState::gave_up || its.now.run_state == RunState::awaiting;
    if (!waits && can_go_on(its)) return true;
  }
  return false;
}

bool FiberMachine::throttles() const {
  for (int agent = 0; agent < agents_count_; ++agent) {
    const AgentSnapshot& now = agent_at(agent).now;
    if (now.run_state == RunState::awaiting && now.spin.held == SpinLoop::Held::until_change)
      return true;
  }
  return false;
}

// Nobody can go on: of those who are held the one who was let go on least.
int FiberMachine::who_is_held() const {
  const int most = held_rest_ ? 4 : UINT16_MAX;
  int found = -1;
  for (int agent = 0; agent < agents_count_; ++agent) {
    const AgentSnapshot& now = agent_at(agent).now;
    if (now.run_state != RunState::awaiting || now.spin.held != SpinLoop::Held::until_change ||
        now.spin.released >= most) {
      continue;
    }
    if (found < 0 || now.spin.released < agent_at(found).now.spin.released) found = agent;
  }
  return found;
}

// What the step came to, for its record: of a call that looked in vain, what it looked at.
void FiberMachine::note_step() {
  Step& did = undo_log_.last().did;
  did = executed_;
  if (!is_memory_action(did.action) && did.count > 0 && !did.writes())
    did.before = sync_.digest_of(did.accesses[0].address);
}

void FiberMachine::note_round(SpinLoop& spin, bool only_read) const {
  const Access& first = executed_.accesses[0];
  const std::uint64_t address = executed_.count > 0 ? first.address : 0;
  if (executed_.pc == spin.at && address == spin.address) {
    if (spin.count < UINT16_MAX) ++spin.count;
    spin.places = {};
    spin.length = 0;
  } else if (spin.at == nullptr || ++spin.length > longest_round) {
    spin = {.at = executed_.pc, .address = address, .count = 1, .released = spin.released};
  }
  if (only_read) {
    spin.places.add(first, false);
  } else {
    spin.effect = true;
  }
}

// An agent that looks for something under a lock, does not find it and comes back to where it was
// has done nothing: it waits, until what it looked at changes. Others cannot tell its rounds apart
// from none, unless they only try for such a lock or look at memory that it changed and put back.
bool FiberMachine::waits_in_round(AgentSnapshot& agent) {
  const Action next = agent.pending.action;
  const bool by_call = begins_hold(next);
  if (!by_call && next != Action::atomic_exchange && next != Action::atomic_cas) return false;
  const auto round = undo_log_.round_without_effect(agent, [&](const Step& look) {
    const Access& access = look.accesses[0];
    return (is_memory_action(look.action) ? digest(access.address, access.bytes)
                                          : sync_.digest_of(access.address)) == look.before;
  });
  if (!round || !has_read_newest(agent, round->places)) return false;
  // What it waits for its next step depends on.
  Step& step = agent.pending;
  const bool exact = by_call && !round->changes &&
                     round->places.count + step.count <= static_cast<int>(step.accesses.size());
  for (int i = 0; exact && i < round->places.count; ++i) {
    const Access& place = round->places.read[static_cast<std::size_t>(i)];
    step.add(place.address, place.bytes, true, false);
  }
  locks_in_rounds_ |= round->locks;
  throttled_ |= !exact;
  agent.spin.held = exact ? SpinLoop::Held::waits : SpinLoop::Held::until_change;
  agent.spin.places = round->places;
  agent.run_state = RunState::awaiting;
  agent.seen = digest_of(round->places);
  agent.in_round = agent.reads;
  return true;
}

bool FiberMachine::can_others_go_on(const AgentSnapshot& agent) const {
  for (int other = 0; other < agents_count_; ++other) {
    const Agent& its = agent_at(other);
    if (other == agent.context.id || its.now.run_state == RunState::finished) continue;
    if (its.now.run_state == RunState::pending && (can_go_on(its) || has_deadline(its.now.context)))
      return true;
    if (its.now.run_state == RunState::awaiting && state(other) == AgentState::ready) return true;
  }
  return false;
}

// A loop that is never in the same state twice, because it counts, is not let go round for ever
// while others could go on: after some rounds they come first. (Fair scheduling as in Musuvathi,
// Qadeer, "Fair Stateless Model Checking", PLDI 2008, where yields tell of such a loop.) A loop
// that goes on to another place in each round, such as a scan of a table, is none of these.
void FiberMachine::hold_if_unfair(AgentSnapshot& agent) {
  SpinLoop& spin = agent.spin;
  const Step& next = agent.pending;
  if (spin.count < (spin.effect ? 4 * fair_rounds_ : fair_rounds_)) return;
  const bool is_round = next.pc == spin.at && next.count > 0 &&
                        next.accesses[0].address == spin.address && is_memory_action(next.action);
  const bool only_reads = !spin.effect && is_round && spin.places.all_known() && !next.writes();
  if (only_reads && (held_rest_ || can_others_go_on(agent)) &&
      has_read_newest(agent, spin.places)) {
    spin.held = SpinLoop::Held::until_change;
    agent.seen = digest_of(spin.places);
  } else if ((spin.effect || !spin.places.all_known()) && can_others_go_on(agent)) {
    // Wherever that is: at the beginning of the round it may hold what they wait for.
    spin.held = SpinLoop::Held::until_turn;
    spin.turns = static_cast<int>(turns_.size());
    auto& steps = turns_.emplace_back(Turns{undo_log_.size() - 1, {}}).steps;
    for (int other = 0; other < agents_count_; ++other)
      steps.push_back(agent_at(other).now.faults.steps);
    spin.count = 0;
    spin.effect = false;
  } else {
    return;
  }
  throttled_ = true;
  agent.run_state = RunState::awaiting;
  agent.in_round = agent.reads;
}

}  // namespace minusone
