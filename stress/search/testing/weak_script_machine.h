#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "stress/machine/machine.h"
#include "stress/weak/execution_graph.h"

/// For tests: scripts of accesses to a few words, under a memory model.
namespace minusone::weak {

struct Line {
  enum Kind : std::uint8_t {
    load,
    store,
    add,
    swap_if,  ///< compare-and-swap of v, to v + 1
    fence,
    await,       ///< while (x != v) ;
    await_not,   ///< while (x == v) ;
    await_swap,  ///< while (!compare-and-swap of v, to v + 1) ;
    lock,        ///< a mutex, which orders what is done under it
    unlock,
    load_if,  ///< loads x; where that is not v the next line is left out
    kinds,
  };
  Kind kind = load;
  int x = 0, v = 0;
  int order = __ATOMIC_RELAXED;
};

using Program = std::vector<std::vector<Line>>;

inline constexpr int words = 3;

/// Agents that are scripts, no fibers. Memory is as the newest writes left it.
class ScriptMachine : public Machine {
 public:
  ScriptMachine(const Program& program, MemoryModel model) : program_(program), graph_(model) {}

  void reset() override {
    graph_.restart();
    owner_.clear();
    history_.clear();
    std::memset(memory_, 0, sizeof memory_);
    now_.assign(program_.size(), Agent{});
    for (int i = 0; i < agents(); ++i) describe(i);
  }
  int mark() const override { return static_cast<int>(history_.size()); }
  bool rewind(int mark) override {
    while (this->mark() > mark) {
      const Record& record = history_.back();
      now_ = record.agents;
      owner_.resize(record.locked);
      graph_.cut(record.events);
      std::memcpy(memory_, record.memory.data(), sizeof memory_);
      history_.pop_back();
    }
    return true;
  }
  int agents() const override { return static_cast<int>(program_.size()); }
  const Step& pending(int i) const override { return at(i).pending; }
  const Step& executed() const override { return executed_; }
  const std::string& violation() const override { return none_; }
  AgentState state(int i) const override {
    const Agent& agent = at(i);
    if (has_finished(i)) return AgentState::finished;
    if (line_of(i).kind == Line::lock) return is_free() ? AgentState::ready : AgentState::blocked;
    const bool waits = agent.waits && graph_.last_added(agent.pending.accesses[0]) == agent.saw;
    return waits ? AgentState::blocked : AgentState::ready;
  }
  bool is_stale(int) const override { return false; }
  int ways(int i) override {
    const Step& step = at(i).pending;
    asked_for_ = step.accesses[0];
    if (step.count == 0 || !step.accesses[0].modelled) return 1;
    const int expected = line_of(i).v;
    graph_.ways({.step = step,
                 .expected = swaps(i) ? reinterpret_cast<const std::byte*>(&expected) : nullptr,
                 .failure_order = __ATOMIC_RELAXED},
                ways_);
    return static_cast<int>(ways_.size());
  }
  int read_by_way(int way) override {
    const int read_at = ways_[static_cast<std::size_t>(way)].read_at;
    return read_at < 0 ? Step::first_value : graph_.writer(asked_for_, read_at);
  }
  void choose_way(int way) override { chosen_ = way; }

  Effect step(int i) override {
    Record record{now_, owner_.size(), graph_.size(), std::vector<std::byte>(sizeof memory_)};
    std::memcpy(record.memory.data(), memory_, sizeof memory_);
    history_.push_back(record);
    Agent& agent = at(i);
    const Line line = line_of(i);
    executed_ = agent.pending;
    agent.waits = false;
    if (step_of_no_word(line)) {
      if (line.kind == Line::lock) owner_.push_back(i);
      if (line.kind == Line::unlock) owner_.push_back(-1);
      graph_.add(executed_, {});
      return go_on(i, 1);
    }
    const int chosen = std::exchange(chosen_, 0);
    const int known = ways(i);
    executed_.way = static_cast<std::uint16_t>(chosen < known ? chosen : 0);
    const auto way = ways_[executed_.way];
    Access& access = executed_.accesses[0];
    int& word = memory_[line.x];
    graph_.look_at(access);
    if (way.read_at >= 0) std::memcpy(&word, graph_.value_of(access, way).data(), sizeof word);
    const int read = word;
    executed_.before = static_cast<std::uint64_t>(read);
    access.writes = way.write_at >= 0;
    if (line.kind == Line::store) word = line.v;
    if (line.kind == Line::add) ++word;
    if (swaps(i) && read == line.v) word = line.v + 1;
    if (swaps(i) && read != line.v) executed_.order = __ATOMIC_RELAXED;
    graph_.add(executed_, way);
    std::memcpy(&word, graph_.newest_value(access).data(), sizeof word);
    if (((line.kind == Line::await || line.kind == Line::await_swap) && read != line.v) ||
        (line.kind == Line::await_not && read == line.v)) {
      agent.waits = true;
      agent.saw = graph_.last_added(access);
      graph_.cut(history_.back().events);
      return Effect::no_effect;
    }
    return go_on(i, line.kind == Line::load_if && read != line.v ? 2 : 1);
  }

 private:
  struct Agent {
    std::size_t line = 0;
    bool waits = false;
    int saw = 0;
    Step pending;
  };
  struct Record {
    std::vector<Agent> agents;
    std::size_t locked;
    int events;
    std::vector<std::byte> memory;
  };

  const Agent& at(int i) const { return now_[static_cast<std::size_t>(i)]; }
  Agent& at(int i) { return now_[static_cast<std::size_t>(i)]; }
  bool has_finished(int i) const {
    return at(i).line >= program_[static_cast<std::size_t>(i)].size();
  }
  const Line& line_of(int i) const { return program_[static_cast<std::size_t>(i)][at(i).line]; }
  /// Not one of a word.
  static bool step_of_no_word(const Line& line) {
    return line.kind == Line::fence || line.kind == Line::lock || line.kind == Line::unlock;
  }
  bool is_free() const { return owner_.empty() || owner_.back() < 0; }
  bool swaps(int i) const {
    return line_of(i).kind == Line::swap_if || line_of(i).kind == Line::await_swap;
  }
  Effect go_on(int i, std::size_t lines) {
    at(i).line += lines;
    describe(i);
    return Effect::stepped;
  }
  void describe(int i) {
    Step& step = at(i).pending;
    step = {};
    if (has_finished(i)) return;
    const Line& line = line_of(i);
    step.agent = static_cast<std::uint8_t>(i);
    step.order = static_cast<std::uint8_t>(line.order);
    step.pc = &line;
    if (line.kind == Line::fence) {
      step.action = Action::fence;
      return;
    }
    if (step_of_no_word(line)) {
      step.action = line.kind == Line::lock ? Action::mutex_lock : Action::mutex_unlock;
      step.add(reinterpret_cast<std::uint64_t>(&mutex_), sizeof mutex_, true, true);
      return;
    }
    const bool updates = line.kind == Line::add || swaps(i);
    const bool stores = line.kind == Line::store;
    step.action = line.kind == Line::add ? Action::atomic_add
                  : swaps(i)             ? Action::atomic_cas
                  : stores               ? Action::atomic_store
                                         : Action::atomic_load;
    step.add(reinterpret_cast<std::uint64_t>(&memory_[line.x]), sizeof(int), !stores,
             stores || updates);
    step.accesses[0].modelled = true;
  }

  const Program& program_;
  ExecutionGraph graph_;
  std::vector<Agent> now_;
  std::vector<int> owner_;  ///< of the mutex, one after the other; -1: nobody
  int mutex_ = 0;
  std::vector<Record> history_;
  std::vector<ExecutionGraph::Way> ways_;
  Access asked_for_;
  int chosen_ = 0;
  int memory_[words] = {};
  Step executed_;
  const std::string none_;
};

/// An execution graph as text: what each agent's steps read, and each word's modification order.
inline std::string canonical(std::span<const Step> steps) {
  std::map<int, std::string> by_agent;
  std::map<std::uint64_t, std::vector<int>> writes;
  std::vector<std::string> names;
  std::map<int, int> taken;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Step& step = steps[i];
    names.push_back(std::to_string(step.agent) + "." + std::to_string(taken[step.agent]++));
    std::string& its = by_agent[step.agent];
    its += std::to_string(reinterpret_cast<std::uintptr_t>(step.pc) & 0xffff) + ":";
    if (step.is_modelled_read())
      its += step.reads_from < 0 ? "first" : names[static_cast<std::size_t>(step.reads_from)];
    its += ' ';
    if (step.count > 0 && !step.accesses[0].modelled)
      writes[step.accesses[0].address].push_back(static_cast<int>(i));
    if (!step.is_modelled_write()) continue;
    auto& order = writes[step.accesses[0].address];
    auto at = order.begin();
    if (step.behind >= 0) at = std::ranges::find(order, step.behind) + 1;
    order.insert(at, static_cast<int>(i));
  }
  std::string text;
  for (const auto& [agent, its] : by_agent) text += std::to_string(agent) + "{" + its + "}";
  for (const auto& [address, order] : writes) {
    text += "[";
    for (const int write : order) text += names[static_cast<std::size_t>(write)] + " ";
    text += "]";
  }
  return text;
}

/// All graphs of executions in which every agent finishes, and of those in which some wait for
/// ever; each prefix once.
class EveryGraph {
 public:
  explicit EveryGraph(Machine& machine) : machine_(machine) {
    machine_.reset();
    go_on();
  }
  std::set<std::string> complete, quiescent;

 private:
  void go_on() {
    const auto here = canonical(steps_);
    if (!seen_.insert(here).second) return;
    bool all_finished = true, all_wait = true;
    for (int agent = 0; agent < machine_.agents(); ++agent) {
      if (machine_.state(agent) == AgentState::finished) continue;
      all_finished = false;
      if (machine_.state(agent) == AgentState::blocked) continue;
      const int mark = machine_.mark();
      const int ways = machine_.ways(agent);
      for (int way = 0; way < ways; ++way) {
        machine_.choose_way(way);
        if (machine_.step(agent) != Effect::no_effect) {
          all_wait &= way > 0;  // for what is newest comes to be seen in the end
          steps_.push_back(machine_.executed());
          go_on();
          steps_.pop_back();
        }
        machine_.rewind(mark);
      }
    }
    if (all_wait) (all_finished ? complete : quiescent).insert(here);
  }

  Machine& machine_;
  std::vector<Step> steps_;
  std::set<std::string> seen_;
};

}  // namespace minusone::weak
