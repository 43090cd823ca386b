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

std::uint64_t FiberMachine::awaited_by(const Standing& agent) const {
  if (agent.rounds.held != Rounds::Held::no) return digest_of(agent.rounds.places);
  return digest(agent.pending.accesses[0].address, agent.pending.accesses[0].bytes);
}

std::vector<Access> FiberMachine::awaited(int index) const {
  const Standing& agent = agent_at(index).now;
  const Step& pending = agent.pending;
  std::vector<Access> all(pending.accesses.begin(), pending.accesses.begin() + pending.count);
  if (agent.rest != Rest::awaiting) return all;
  journal_.for_each_read(agent, [&](int i) {
    all.push_back(journal_.at(i).before.pending.accesses[0]);
    return false;
  });
  const Places& places = agent.rounds.places;
  for (int i = 0; i < places.count && places.all_known(); ++i)
    all.push_back(places.read[static_cast<std::size_t>(i)]);
  return all;
}

bool FiberMachine::is_held_back(const Standing& agent) const {
  if (agent.rounds.held != Rounds::Held::until_turn) return awaited_by(agent) == agent.seen;
  const auto& steps = turns_[static_cast<std::size_t>(agent.rounds.turns)].steps;
  for (int other = 0; other < agents_count_; ++other) {
    const Agent& its = agent_at(other);
    const auto at = static_cast<std::size_t>(other);
    if (other == agent.context.id || its.now.rest == Rest::finished ||
        its.now.fate.steps != (at < steps.size() ? steps[at] : 0)) {
      continue;
    }
    // Of those who wait for their own turn none has to wait for the others.
    const bool waits = its.now.rest == Rest::gave_up || its.now.rest == Rest::awaiting;
    if (!waits && can_go_on(its)) return true;
  }
  return false;
}

bool FiberMachine::throttles() const {
  for (int agent = 0; agent < agents_count_; ++agent) {
    const Standing& now = agent_at(agent).now;
    if (now.rest == Rest::awaiting && now.rounds.held == Rounds::Held::until_change) return true;
  }
  return false;
}

// Nobody can go on: of those who are held the one who was let go on least.
int FiberMachine::who_is_held() const {
  const int most = held_rest_ ? 4 : UINT16_MAX;
  int found = -1;
  for (int agent = 0; agent < agents_count_; ++agent) {
    const Standing& now = agent_at(agent).now;
    if (now.rest != Rest::awaiting || now.rounds.held != Rounds::Held::until_change ||
        now.rounds.released >= most) {
      continue;
    }
    if (found < 0 || now.rounds.released < agent_at(found).now.rounds.released) found = agent;
  }
  return found;
}

// What the step came to, for its record: of a call that looked in vain, what it looked at.
void FiberMachine::note_step() {
  Step& did = journal_.last().did;
  did = executed_;
  if (!is_memory_action(did.action) && did.count > 0 && !did.writes())
    did.before = sync_.digest_of(did.accesses[0].address);
}

void FiberMachine::note_round(Rounds& rounds, bool only_read) const {
  const Access& first = executed_.accesses[0];
  const std::uint64_t address = executed_.count > 0 ? first.address : 0;
  if (executed_.pc == rounds.at && address == rounds.address) {
    if (rounds.count < UINT16_MAX) ++rounds.count;
    rounds.places = {};
    rounds.length = 0;
  } else if (rounds.at == nullptr || ++rounds.length > longest_round) {
    rounds = {.at = executed_.pc, .address = address, .count = 1, .released = rounds.released};
  }
  if (only_read) {
    rounds.places.add(first, false);
  } else {
    rounds.effect = true;
  }
}

// An agent that looks for something under a lock, does not find it and comes back to where it was
// has done nothing: it waits, until what it looked at changes. Others cannot tell its rounds apart
// from none, unless they only try for such a lock or look at memory that it changed and put back.
bool FiberMachine::waits_in_round(Standing& agent) {
  const Action next = agent.pending.action;
  const bool by_call = begins_hold(next);
  if (!by_call && next != Action::atomic_exchange && next != Action::atomic_cas) return false;
  const auto round = journal_.round_without_effect(agent, [&](const Step& look) {
    const Access& access = look.accesses[0];
    return (is_memory_action(look.action) ? digest(access.address, access.bytes)
                                          : sync_.digest_of(access.address)) == look.before;
  });
  if (!round) return false;
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
  agent.rounds.held = exact ? Rounds::Held::waits : Rounds::Held::until_change;
  agent.rounds.places = round->places;
  agent.rest = Rest::awaiting;
  agent.seen = digest_of(round->places);
  return true;
}

bool FiberMachine::can_others_go_on(const Standing& agent) const {
  for (int other = 0; other < agents_count_; ++other) {
    const Agent& its = agent_at(other);
    if (other == agent.context.id || its.now.rest == Rest::finished) continue;
    if (its.now.rest == Rest::pending && (can_go_on(its) || has_deadline(its.now.context)))
      return true;
    if (its.now.rest == Rest::awaiting && state(other) == AgentState::ready) return true;
  }
  return false;
}

// A loop that is never in the same state twice, because it counts, is not let go round for ever
// while others could go on: after some rounds they come first. (Fair scheduling as in Musuvathi,
// Qadeer, "Fair Stateless Model Checking", PLDI 2008, where yields tell of such a loop.) A loop
// that goes on to another place in each round, such as a scan of a table, is none of these.
void FiberMachine::hold_if_unfair(Standing& agent) {
  Rounds& rounds = agent.rounds;
  const Step& next = agent.pending;
  if (rounds.count < (rounds.effect ? 4 * fair_rounds_ : fair_rounds_)) return;
  const bool is_round = next.pc == rounds.at && next.count > 0 &&
                        next.accesses[0].address == rounds.address && is_memory_action(next.action);
  const bool only_reads = !rounds.effect && is_round && rounds.places.all_known() && !next.writes();
  if (only_reads && (held_rest_ || can_others_go_on(agent))) {
    rounds.held = Rounds::Held::until_change;
    agent.seen = digest_of(rounds.places);
  } else if ((rounds.effect || !rounds.places.all_known()) && can_others_go_on(agent)) {
    // Wherever that is: at the beginning of the round it may hold what they wait for.
    rounds.held = Rounds::Held::until_turn;
    rounds.turns = static_cast<int>(turns_.size());
    auto& steps = turns_.emplace_back(Turns{journal_.size() - 1, {}}).steps;
    for (int other = 0; other < agents_count_; ++other)
      steps.push_back(agent_at(other).now.fate.steps);
    rounds.count = 0;
    rounds.effect = false;
  } else {
    return;
  }
  throttled_ = true;
  agent.rest = Rest::awaiting;
}

}  // namespace minusone
