#include "stress/search/interleavings.h"

#include <fmt/format.h>

#include <bit>

#include "stress/machine/turn.h"

namespace minusone {
Interleavings::Interleavings(Machine& machine, SearchLimits limits, int preemptions)
    : machine_(machine), limits_(std::move(limits)), preemptions_(preemptions) {}

SearchCounts Interleavings::run(const Visitor& visitor) {
  machine_.reset();
  if (fails_at_once(machine_, visitor, counts_)) return counts_;
  enter();
  std::uint64_t tried = 0;
  for (;;) {
    const End end = run_once();
    if (machine_.unwatched_stacks() != 0) break;
    counts_.add(end);
    if (end != End::duplicate && !visitor({steps_, end})) break;
    if (counts_.executions() >= limits_.executions) break;
    if (limits_.interrupted && ++tried % 64 == 0 && limits_.interrupted()) break;
    while (!path_.empty() && path_.back().left == 0) path_.pop_back();
    if (path_.empty()) {
      counts_.exhausted = true;
      break;
    }
    restore();
  }
  return counts_;
}

// Notes who may go on from the state that the machine is in. @return false: nobody
bool Interleavings::enter() {
  Choice now;
  int last = -1;
  if (!path_.empty()) {
    const Choice& before = path_.back();
    last = before.agent;
    now.preemptions = before.preemptions +
                      (before.interrupted != -1 && before.interrupted != before.agent ? 1 : 0);
  }
  for (int agent = 0; agent < machine_.agents(); ++agent) {
    if (machine_.state(agent) != AgentState::ready) continue;
    // A round of a wait without an effect is no choice: whoever goes round has been let wait.
    const int mark = machine_.mark();
    if (machine_.step(agent) == Effect::no_effect) continue;
    if (!machine_.rewind(mark)) {
      now.mark = mark;
      path_.push_back(now);
      restore();
      path_.pop_back();
    }
    now.left |= only(agent);
  }
  now.mark = machine_.mark();
  if (last != -1 && (now.left & only(last)) != 0) {
    now.interrupted = last;
    if (now.preemptions == preemptions_) {
      refused_ |= now.left != only(last);
      now.left = only(last);
    }
  }
  if (now.left == 0) {
    const Turn turn = next_turn(machine_);
    if (turn.kind != Turn::Kind::timeout) return false;
    now.left = only(turn.agent);
    now.times_out = true;
  }
  path_.push_back(now);
  return true;
}

Effect Interleavings::go_on(const Choice& choice) {
  return choice.times_out ? machine_.time_out(choice.agent) : machine_.step(choice.agent);
}

// Goes on from the last choice on the path, with its next agent, to the execution's end.
End Interleavings::run_once() {
  steps_.resize(path_.empty() ? 0 : path_.size() - 1);
  while (!path_.empty() && path_.back().left != 0) {
    if (steps_.size() >= limits_.steps) {
      path_.back().left = 0;
      return End::too_long;
    }
    Choice& now = path_.back();
    const bool goes_on = now.interrupted != -1 && (now.left & only(now.interrupted)) != 0;
    now.agent = goes_on ? now.interrupted : std::countr_zero(now.left);
    now.left &= ~only(now.agent);
    const Effect effect = go_on(now);
    steps_.push_back(machine_.executed());
    ++counts_.steps;
    if (const auto end = end_of(effect)) return *end;
    if (!enter()) break;
  }
  return next_turn(machine_).end();
}

// Puts the machine into the last state on the path.
void Interleavings::restore() {
  if (machine_.rewind(path_.back().mark)) return;
  machine_.reset();
  for (Choice& choice : path_) {
    choice.mark = machine_.mark();
    if (&choice != &path_.back()) go_on(choice);
  }
}

std::vector<std::string> Interleavings::limits() const {
  if (!refused_) return {};
  return {fmt::format("schedules of more than {} preemptions were left out", preemptions_)};
}

}  // namespace minusone
