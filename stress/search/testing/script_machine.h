#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "stress/machine/machine.h"
#include "stress/machine/state_space.h"

/// For tests: a machine whose executions are true by construction.
namespace minusone {

struct Line {
  enum Kind : std::uint8_t {
    load,
    store,
    add,
    swap_if,   ///< compare-and-swap, once
    await,     ///< while (x != v) ;
    await_or,  ///< while (x != v && y != v) ;
    lock,
    unlock,
    try_lock,
    post,       ///< semaphore x; the first begins at 1, the second at 0
    take,       ///< one of semaphore x
    give_both,  ///< one semop: +1, +1
    take_both,  ///< one semop: -1, -1
    sleep_if,   ///< futex: sleeps if x == v, until it is woken
    wake_one,   ///< of those who sleep on x, who came first
    wake_all,
    kinds,
    count_until,  ///< while (x != v) ++rounds; an effect each round, so no wait: a step for ever
  };
  Kind kind = load;
  int x = 0, y = 0, v = 0;
};

inline void showValue(const Line& line, std::ostream& out) {
  static const char* const names[] = {"load",     "store",     "add",        "swap_if",  "await",
                                      "await_or", "lock",      "unlock",     "try_lock", "post",
                                      "take",     "give_both", "take_both",  "sleep_if", "wake_one",
                                      "wake_all", "?",         "count_until"};
  out << names[line.kind] << ' ' << line.x << ' ' << line.y << ' ' << line.v;
}

using Program = std::vector<std::vector<Line>>;

inline constexpr int words = 2, locks = 2;

/// Three agents of one to three lines each.
inline Program random_program(std::mt19937& random) {
  constexpr Line::Kind kinds[] = {Line::load,     Line::store,    Line::add,       Line::swap_if,
                                  Line::await,    Line::lock,     Line::unlock,    Line::try_lock,
                                  Line::post,     Line::take,     Line::take_both, Line::give_both,
                                  Line::sleep_if, Line::wake_one, Line::wake_all};
  Program program;
  for (int agent = 0; agent < 3; ++agent) {
    program.emplace_back();
    for (std::size_t i = 0, length = 1 + random() % 3; i < length; ++i) {
      program.back().push_back({kinds[random() % std::size(kinds)], static_cast<int>(random() % 2),
                                0, static_cast<int>(random() % 3)});
    }
  }
  return program;
}

/// Agents that are scripts, no fibers: what the search is told is true by construction. An agent
/// may be planned to die after so many steps; its death touches nothing.
class ScriptMachine : public Machine, public StateSpace, private FaultInjection {
 public:
  explicit ScriptMachine(const Program& program) : program_(program) {}

  void reset() override {
    history_.clear();
    now_ = {};
    now_.agents.resize(program_.size());
    for (int i = 0; i < agents(); ++i) describe(i);
  }
  int mark() const override { return static_cast<int>(history_.size()); }
  bool rewind(int mark) override {
    if (mark == this->mark()) return true;
    now_ = history_[static_cast<std::size_t>(mark)];
    history_.resize(static_cast<std::size_t>(mark));
    return true;
  }
  int agents() const override { return static_cast<int>(program_.size()); }
  const Step& pending(int i) const override { return at(i).pending; }
  const Step& executed() const override { return executed_; }
  const std::string& violation() const override { return none_; }
  StateSpace* states() override { return this; }
  void merges_states(bool on) override { merges_ = on; }
  Fingerprint shared_part() const override {
    Digest digest;
    for (const int word : now_.word) digest.add(word);
    for (const int owner : now_.owner) digest.add(owner);
    for (const int semaphore : now_.semaphore) digest.add(semaphore);
    for (const auto& queue : now_.sleeping) {
      digest.add(queue.size());
      for (const int agent : queue) digest.add(agent);
    }
    for (const auto woken : now_.woken) digest.add(woken);
    return digest.value();
  }
  Fingerprint own_part(int i) const override {
    Digest digest;
    digest.add(at(i).line);
    digest.add(at(i).second);
    digest.add(at(i).asleep);
    digest.add(at(i).dead);
    return digest.value();
  }
  bool shares_own_parts() const override { return false; }
  Effect kill(int i) override {
    history_.push_back(now_);
    executed_ = {};
    executed_.agent = static_cast<std::uint8_t>(i);
    executed_.action = Action::died;
    at(i).dead = true;
    ++at(i).steps;
    return Effect::stepped;
  }
  /// All of it, as numbers: for searches that take nobody's word for it.
  std::vector<int> exact_state() const {
    std::vector<int> all;
    for (const Agent& agent : now_.agents)
      all.insert(all.end(), {static_cast<int>(agent.line), agent.second, agent.asleep, agent.dead});
    all.insert(all.end(), std::begin(now_.word), std::end(now_.word));
    all.insert(all.end(), std::begin(now_.owner), std::end(now_.owner));
    all.insert(all.end(), std::begin(now_.semaphore), std::end(now_.semaphore));
    for (const auto& queue : now_.sleeping) {
      all.push_back(static_cast<int>(queue.size()));
      all.insert(all.end(), queue.begin(), queue.end());
    }
    for (const auto woken : now_.woken) all.push_back(static_cast<int>(woken));
    return all;
  }
  FaultInjection& faults() override { return *this; }
  const FaultInjection& faults() const override { return *this; }

  AgentState state(int i) const override {
    const Agent& agent = at(i);
    if (has_finished(i)) return AgentState::finished;
    if (dies_next(i)) return AgentState::ready;
    const Line& line = line_of(i);
    const auto ready_if = [](bool enabled) {
      return enabled ? AgentState::ready : AgentState::blocked;
    };
    if (line.kind == Line::lock) return ready_if(now_.owner[line.x] == -1);
    if (line.kind == Line::take) return ready_if(now_.semaphore[line.x] > 0);
    if (line.kind == Line::take_both)
      return ready_if(now_.semaphore[0] > 0 && now_.semaphore[1] > 0);
    if (agent.asleep) return ready_if((now_.woken[line.x] >> i & 1) != 0);
    return agent.waits && now_.word[word_of(i)] == agent.seen ? AgentState::blocked
                                                              : AgentState::ready;
  }

  bool is_stale(int i) const override {
    const Agent& agent = at(i);
    return agent.waits && agent.second && now_.word[line_of(i).x] != agent.first_seen;
  }

  Effect step(int i) override {
    history_.push_back(now_);
    Agent& agent = at(i);
    const Line& line = line_of(i);
    executed_ = agent.pending;
    agent.dead = dies_next(i);
    ++agent.steps;
    if (agent.dead) return Effect::stepped;
    int& word = now_.word[word_of(i)];
    agent.waits = false;
    switch (line.kind) {
      case Line::store:
        word = line.v;
        break;
      case Line::add:
        ++word;
        break;
      case Line::swap_if:
        executed_.accesses[0].writes = word == line.v;
        if (word == line.v) word = line.v + 1;
        break;
      case Line::await:
        if (word != line.v) return merges_ ? Effect::stepped : wait(agent, word);
        break;
      case Line::await_or:
        if (word == line.v) break;
        if (agent.second && !merges_) return wait(agent, word);
        agent.second = !agent.second;
        agent.first_seen = word;
        describe(i);
        return Effect::stepped;
      case Line::count_until:
        if (word == line.v) break;
        return Effect::stepped;
      case Line::lock:
        now_.owner[line.x] = i;
        break;
      case Line::unlock:
        if (now_.owner[line.x] == i) now_.owner[line.x] = -1;
        break;
      case Line::try_lock:
        executed_.accesses[0].writes = now_.owner[line.x] == -1;
        if (now_.owner[line.x] == -1) now_.owner[line.x] = i;
        break;
      case Line::post:
        ++now_.semaphore[line.x];
        break;
      case Line::take:
        --now_.semaphore[line.x];
        break;
      case Line::give_both:
      case Line::take_both:
        for (int& value : now_.semaphore) value += line.kind == Line::give_both ? 1 : -1;
        break;
      case Line::sleep_if:
        if (agent.asleep) {
          now_.woken[line.x] &= ~(1u << i);
          agent.asleep = false;
          break;
        }
        if (word != line.v) {
          executed_.accesses[1].forgone = true;
          break;
        }
        now_.sleeping[line.x].push_back(i);
        agent.asleep = true;
        describe(i);
        return Effect::stepped;
      case Line::wake_one:
      case Line::wake_all:
        wake(line);
        break;
      default:
        break;
    }
    ++agent.line;
    agent.second = false;
    if (state(i) != AgentState::finished) describe(i);
    return Effect::stepped;
  }

 private:
  struct Agent {
    std::size_t line = 0;
    bool second = false;  ///< await_or: at its second read
    bool waits = false;
    bool asleep = false;  ///< sleep_if: until it is woken
    bool dead = false;
    int steps = 0;
    int seen = 0, first_seen = 0;
    Step pending;
  };
  struct State {
    std::vector<Agent> agents;
    int word[words] = {};
    int owner[locks] = {-1, -1};
    int semaphore[2] = {1, 0};
    std::vector<int> sleeping[words];  ///< in the order in which they came
    std::uint32_t woken[words] = {};   ///< sets of agents
  };

  void plan(const FaultPlan& plan) override { plan_ = plan; }
  const FaultPlan& plan() const override { return plan_; }
  bool all_befell() const override {
    return static_cast<std::size_t>(std::ranges::count(now_.agents, true, &Agent::dead)) ==
           plan_.size();
  }
  int places_for(FaultKind kind, int i) const override {
    return kind == FaultKind::death ? at(i).steps : 0;
  }
  bool has_finished(int i) const {
    return at(i).dead || at(i).line == program_[static_cast<std::size_t>(i)].size();
  }
  bool dies_next(int i) const {
    const PlannedFault death{FaultKind::death, i, at(i).steps};
    return !has_finished(i) && std::ranges::find(plan_, death) != plan_.end();
  }

  Agent& at(int i) { return now_.agents[static_cast<std::size_t>(i)]; }
  const Agent& at(int i) const { return now_.agents[static_cast<std::size_t>(i)]; }
  const Line& line_of(int i) const { return program_[static_cast<std::size_t>(i)][at(i).line]; }
  int word_of(int i) const {
    const Line& line = line_of(i);
    return line.kind == Line::await_or && at(i).second ? line.y : line.x;
  }

  // A round of the wait that came to nothing ends before its last read.
  static Effect wait(Agent& agent, int seen) {
    --agent.steps;
    agent.waits = true;
    agent.seen = seen;
    return Effect::no_effect;
  }

  // Names as FiberMachine gives them: a queue, and beside it what a wake-up leaves to each agent.
  static std::uint64_t queue_of(int word) {
    return nowhere | 0x1000 | static_cast<std::uint64_t>(word);
  }
  static std::uint64_t wake_up_of(int word, int agent) {
    return nowhere | 0x2000 | static_cast<std::uint64_t>(word << 4 | agent);
  }

  void wake(const Line& line) {
    auto& queue = now_.sleeping[line.x];
    const std::size_t count =
        line.kind == Line::wake_one ? std::min<std::size_t>(queue.size(), 1) : queue.size();
    executed_.accesses[0].writes = count > 0;
    for (std::size_t k = 0; k < count; ++k) {
      now_.woken[line.x] |= 1u << queue[k];
      executed_.add(wake_up_of(line.x, queue[k]), 1, true, true);
    }
    queue.erase(queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(count));
  }

  // @return whether the line is a call, and not an access to memory
  bool describe_call(int i, const Line& line, Step& step) {
    const auto calls = [&](Action action, std::uint64_t object) {
      step.action = action;
      step.add(object, 1, true, true);
      return true;
    };
    const auto x = static_cast<std::uint64_t>(line.x);
    switch (line.kind) {
      case Line::lock:
        return calls(Action::mutex_lock, 1000 + x);
      case Line::unlock:
        return calls(Action::mutex_unlock, 1000 + x);
      case Line::try_lock:
        return calls(Action::mutex_trylock, 1000 + x);
      case Line::post:
        return calls(Action::sem_post, 2000 + x);
      case Line::take:
        return calls(Action::sem_wait, 2000 + x);
      case Line::give_both:
      case Line::take_both:
        calls(Action::semop, 2000);
        step.accesses[0].bytes = 2;
        return true;
      case Line::sleep_if:
        if (at(i).asleep) return calls(Action::futex_awake, wake_up_of(line.x, i));
        step.action = Action::futex_wait;
        step.add(x, 1, true, false);
        step.add(queue_of(line.x), 1, true, true);
        return true;
      case Line::wake_one:
      case Line::wake_all:
        return calls(Action::futex_wake, queue_of(line.x));
      default:
        return false;
    }
  }

  void describe(int i) {
    const Line& line = line_of(i);
    Step& step = at(i).pending;
    step = {};
    step.agent = static_cast<std::uint8_t>(i);
    if (dies_next(i)) {
      step.action = Action::died;
      return;
    }
    if (describe_call(i, line, step)) return;
    const bool reads = line.kind != Line::store;
    const bool writes =
        line.kind == Line::store || line.kind == Line::add || line.kind == Line::swap_if;
    step.action = line.kind == Line::store     ? Action::atomic_store
                  : line.kind == Line::add     ? Action::atomic_add
                  : line.kind == Line::swap_if ? Action::atomic_cas
                                               : Action::atomic_load;
    step.add(static_cast<std::uint64_t>(word_of(i)), 1, reads, writes);
  }

  const Program program_;
  State now_;
  std::vector<State> history_;
  Step executed_;
  std::string none_;
  bool merges_ = false;  ///< a round of a wait is steps like any other
  FaultPlan plan_;
};

}  // namespace minusone
