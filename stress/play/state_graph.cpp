#include "stress/play/state_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

#include "protocol/message.h"
#include "stress/explore/narrator.h"
#include "stress/machine/end_of_work.h"
#include "stress/play/cells.h"
#include "stress/play/graph_ways.h"
#include "stress/subjects/channel_machine.h"
#include "stress/subjects/subject.h"

namespace minusone {
namespace {

class Builder {
 public:
  Builder(const std::string& module, const std::string& build, const Workload& workload,
          const StateGraphLimits& limits)
      : subject_(make_subject(module, workload)),
        machine_(as_channel(module)),
        narrator_(*subject_, module),
        lines_(module),
        cells_(machine_, *subject_),
        limits_(limits) {
    const Protocol& protocol = machine_.protocol();
    machine_.set_rules({.copy_steps = limits.copy_steps});
    graph_.protocol = graph_.replayed_as = protocol.name;
    graph_.summary = protocol.summary;
    graph_.build = build;
    graph_.workload = workload;
    graph_.copy_steps = limits.copy_steps;
    graph_.death = limits.death;
    for (int i = 0; i < workload.writers + workload.readers; ++i)
      graph_.agents.push_back(subject_->agent(i));
    graph_.word = protocol.word.name;
    graph_.legal = protocol.word.legal;
  }

  StateGraph run() {
    machine_.recognises_waits(false);
    visit_all();
    cells_.put_into(graph_);
    graph_.interleavings = count_interleavings(graph_);
    judge_ends();
    return std::move(graph_);
  }

 private:
  /// A state on the way from the first one to where the search is.
  struct Visit {
    std::int32_t state;
    int mark;
    int next = 0;  ///< the move to try
    bool all_live = true;
  };

  ChannelMachine& as_channel(const std::string& module) {
    auto* const channel = dynamic_cast<ChannelMachine*>(&subject_->machine());
    if (channel == nullptr) {
      throw ModuleRefused(module +
                          ": is a whole program; a game is played with a channel's writers and "
                          "readers");
    }
    return *channel;
  }

  int agents() const { return static_cast<int>(graph_.agents.size()); }

  void visit_all() {
    machine_.reset();
    refuse_limit();
    path_ = {{add_state(fingerprint()), machine_.mark()}};
    while (!path_.empty()) {
      if (work_is_over()) {
        throw WorkIsOver(
            fmt::format("ended with {} states found, and more to come: a game needs all of them; "
                        "take fewer agents or messages, or a longer --time-limit",
                        graph_.states()));
      }
      Visit& visit = path_.back();
      if (visit.next == graph_.moves()) {
        path_.pop_back();
        if (!path_.empty()) go_back();
        continue;
      }
      const int move = visit.next++;
      if (is_possible(move, visit.all_live)) take(visit.state, move);
    }
  }

  bool is_possible(int move, bool all_live) const {
    const int agent = graph_.agent_of(move);
    if (!graph_.is_death(move)) return machine_.state(agent) == AgentState::ready;
    return all_live && may_befall(limits_.death, agent < graph_.workload.writers) &&
           machine_.state(agent) != AgentState::finished;
  }

  Effect perform(int move) {
    const int agent = graph_.agent_of(move);
    return graph_.is_death(move) ? machine_.kill(agent) : machine_.step(agent);
  }

  /// Whether it matters in which round of a wait an operation has begun: to the order between
  /// messages, and to what a death in it excuses.
  bool minds_beginnings() const {
    return graph_.workload.messages > 1 || limits_.death != Death::none;
  }

  Fingerprint fingerprint() const {
    if (limits_.death == Death::none) return machine_.state_fingerprint();
    Digest digest;
    digest.add(machine_.state_fingerprint());
    for (int agent = 0; agent < agents(); ++agent) digest.add(machine_.has_begun(agent));
    return digest.value();
  }

  // The graph is of all states, or none.
  void refuse_limit() const {
    if (!machine_.limit().empty()) throw ModuleRefused(graph_.protocol + ": " + machine_.limit());
  }

  // From a state; ends in the state that the last visit on the path is of.
  void take(std::int32_t from, int move) {
    const auto before =
        minds_beginnings() ? machine_.FiberMachine::state_fingerprint() : Fingerprint{};
    const Effect effect = perform(move);
    refuse_limit();
    const Step step = machine_.executed();
    const std::size_t edge = graph_.edge(from, move);
    graph_.says[edge] = sentence(step);
    if (effect == Effect::violation) {
      graph_.next[edge] = add_fault();
      return go_back();
    }
    cells_.note(step);
    // A look that changed nothing is not when the operation began.
    if (minds_beginnings() && machine_.FiberMachine::state_fingerprint() == before) {
      graph_.next[edge] = from;
      return go_back();
    }
    const auto reached = fingerprint();
    const auto found = known_.find(reached);
    const bool all_live = path_.back().all_live && !graph_.is_death(move);
    graph_.next[edge] = found == known_.end() ? add_state(reached) : found->second;
    if (found == known_.end()) {
      path_.push_back({graph_.next[edge], machine_.mark(), 0, all_live});
    } else {
      go_back();
    }
  }

  void go_back() {
    if (machine_.rewind(path_.back().mark)) return;
    machine_.reset();
    for (std::size_t i = 0; i < path_.size(); ++i) {
      path_[i].mark = machine_.mark();
      if (i + 1 < path_.size()) perform(path_[i].next - 1);
    }
  }

  std::int32_t add_state(const Fingerprint& fingerprint) {
    const auto state = add_row();
    known_.emplace(fingerprint, state);
    for (int agent = 0; agent < agents(); ++agent)
      graph_.place[graph_.at(state, agent)] = place_of(agent);
    cells_.keep();
    return state;
  }

  std::int32_t add_row() {
    const auto state = static_cast<std::int32_t>(graph_.states());
    if (graph_.states() >= limits_.states) {
      throw TooManyStates(fmt::format(
          "{} with {} writers, {} readers and {} messages each has more than {} states: take fewer "
          "agents or messages",
          graph_.protocol, graph_.workload.writers, graph_.workload.readers,
          graph_.workload.messages, limits_.states));
    }
    graph_.conclusion.push_back(StateGraph::none);
    const std::size_t edges = graph_.edge(state + 1, 0);
    graph_.next.resize(edges, StateGraph::none);
    graph_.says.resize(edges, StateGraph::none);
    graph_.place.resize(graph_.at(state + 1, 0));
    return state;
  }

  // An assertion that fails, or a fault, ends the execution; the state before it still shows.
  std::int32_t add_fault() {
    const auto state = add_row();
    const auto before = path_.back().state;
    for (int agent = 0; agent < agents(); ++agent)
      graph_.place[graph_.at(state, agent)] = graph_.place[graph_.at(before, agent)];
    cells_.keep();
    const auto property = machine_.hangs() ? Property::no_deadlock : Property::no_fault;
    graph_.conclusion.back() =
        conclusion({machine_.violation(), Grade::forbidden, "an agent failed", false, {property}});
    return state;
  }

  std::int32_t conclusion(const Conclusion& wanted) {
    const auto found = std::ranges::find(graph_.conclusions, wanted);
    if (found != graph_.conclusions.end())
      return static_cast<std::int32_t>(found - graph_.conclusions.begin());
    graph_.conclusions.push_back(wanted);
    return static_cast<std::int32_t>(graph_.conclusions.size() - 1);
  }

  std::int32_t sentence(const Step& step) {
    const Access access = step.count > 0 ? step.accesses[0] : Access{};
    const auto key = std::tuple(step.pc, step.action, step.count, access.address, access.bytes,
                                access.writes, step.before, step.after);
    const auto [known, is_new] = by_step_.try_emplace(key, 0);
    if (!is_new) return known->second;
    const auto told = narrator_.tell(step);
    // One clause for what it did and what changed: "writes written: 1 -> 0".
    auto text = !told.changed.empty() && !told.after.empty()
                    ? fmt::format("{}: {} -> {}", action_of(told), told.before, told.after)
                    : told.what;
    without_loose_end(text);
    const auto [row, added] =
        by_text_.try_emplace(text, static_cast<std::int32_t>(graph_.sentences.size()));
    if (added) graph_.sentences.push_back(text);
    return known->second = row->second;
  }

  // "wakes sleepers of", where what it touches has no name.
  static void without_loose_end(std::string& text) {
    for (const char* end : {" of", " on"}) {
      if (text.ends_with(end)) text.resize(text.size() - 3);
    }
  }

  std::uint32_t place_of(int agent) {
    Digest digest;
    digest.add(agent);
    digest.add(machine_.agent_fingerprint(agent));
    const auto [known, is_new] =
        places_.try_emplace(digest.value(), static_cast<std::uint32_t>(graph_.places.size()));
    if (is_new) graph_.places.push_back(describe(agent));
    return known->second;
  }

  AgentPlace describe(int agent) {
    AgentPlace place;
    for (const Operation& operation : machine_.history()) {
      if (operation.agent != agent || operation.ending == Ending::pending) continue;
      place.done.push_back(clause(operation));
    }
    place.finished = machine_.state(agent) == AgentState::finished;
    place.dead = machine_.is_dead(agent);
    if (place.finished) return place;
    place.next = action_of(narrator_.describe(machine_.pending(agent)));
    without_loose_end(place.next);
    // The compiler's and the library's own lines say nothing to a reader of the protocol.
    for (const void* caller : machine_.callers(agent)) {
      const auto line = lines_.of_call(machine_.module_of(agent).file_address(caller));
      if (line.file.empty() || is_library(line.path)) continue;
      place.line = line;
      break;
    }
    return place;
  }

  std::string clause(const Operation& operation) const {
    const auto message = fmt::format(
        "writer {}'s message{}", operation.message.writer,
        graph_.workload.messages > 1 ? fmt::format(" {}", operation.message.sequence + 1) : "");
    const bool writes = operation.kind == Operation::Kind::write;
    if (operation.ending == Ending::dead) return writes ? "died writing" : "died reading";
    if (operation.torn) return "took a torn message";
    return writes ? "sent " + (graph_.workload.messages > 1
                                   ? fmt::format("message {}", operation.message.sequence + 1)
                                   : std::string("its message"))
                  : "took " + message;
  }

  // Nobody can go on where everybody has finished, is blocked, or goes round a wait loop.
  void judge_ends() {
    const auto waits = waits_of(graph_);
    const Ways ways(graph_);
    std::vector<std::pair<std::int32_t, std::string>> outcomes;
    std::vector<std::vector<Property>> broken;
    std::vector<bool> timed;
    for (std::int32_t state = 0; state < static_cast<std::int32_t>(graph_.states()); ++state) {
      if (graph_.conclusion[static_cast<std::size_t>(state)] != StateGraph::none) continue;
      bool ends = true;
      for (int agent = 0; agent < agents() && ends; ++agent) {
        const std::size_t edge = graph_.edge(state, agent);
        ends = graph_.next[edge] == StateGraph::none || waits[edge];
      }
      if (!ends) continue;
      broken.push_back(judge(ways.to(state)));
      timed.push_back(is_timed_);
      outcomes.emplace_back(state, subject_->last_outcome());
    }
    const auto table = subject_->outcomes();
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      const auto& [state, outcome] = outcomes[i];
      const auto row = std::ranges::find(table, outcome, &OutcomeCount::outcome);
      graph_.conclusion[static_cast<std::size_t>(state)] =
          conclusion({outcome, row->grade, row->why, timed[i], broken[i]});
    }
  }

  std::vector<Property> judge(const std::vector<int>& way) {
    machine_.recognises_waits(false);
    machine_.reset();
    std::vector<Step> steps;
    for (const int move : way) {
      perform(move);
      steps.push_back(machine_.executed());
    }
    machine_.recognises_waits(true);  // for the fresh reader that looks into the channel
    is_timed_ = machine_.who_times_out() != -1;
    auto found = subject_->judge({steps, End::quiescent});
    // Of the way, not of the state: each state shows its own word, and the order of calls and
    // returns between the operations of one state may differ from way to way.
    std::erase(found, Property::legal_state);
    std::erase(found, Property::linearizable);
    return found;
  }

  std::unique_ptr<Subject> subject_;
  ChannelMachine& machine_;
  const Narrator narrator_;
  const SourceLines lines_;
  CellRecorder cells_;
  const StateGraphLimits limits_;
  StateGraph graph_;
  bool is_timed_ = false;  ///< of what was judged last
  std::vector<Visit> path_;
  std::unordered_map<Fingerprint, std::int32_t> known_;
  std::unordered_map<Fingerprint, std::uint32_t> places_;
  std::map<std::tuple<const void*, Action, std::uint8_t, std::uint64_t, std::uint32_t, bool,
                      std::uint64_t, std::uint64_t>,
           std::int32_t>
      by_step_;
  std::unordered_map<std::string, std::int32_t> by_text_;
};

}  // namespace

StateGraph make_state_graph(const std::string& module, const std::string& build,
                            const Workload& workload, const StateGraphLimits& limits) {
  return Builder(module, build, workload, limits).run();
}

}  // namespace minusone
