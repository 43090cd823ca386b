#include "stress/play/terminal.h"

#include <fmt/format.h>

#include <charconv>
#include <istream>
#include <ostream>

#include "stress/play/game.h"
#include "stress/play/graph_ways.h"
#include "stress/play/page.h"
#include "stress/report/text.h"

namespace minusone {
namespace {

constexpr const char* help =
    "  w1      run the line that writer 1 stands in (r2: reader 2)\n"
    "  w1x1    one access of writer 1 to shared memory, or one call; w1x3: three\n"
    "  k w1    kill writer 1, where deaths are allowed (minusone step PROTOCOL --crash any)\n"
    "  u       undo            s  start again\n"
    "  g       the goals       g lose  play for that one\n"
    "  h       a hint          c  say that it cannot be done\n"
    "  p       print the position as a schedule for minusone replay\n"
    "  q       quit            ?  this\n";

class Session {
 public:
  Session(const StateGraph& graph, std::ostream& out)
      : graph_(graph), out_(out), game_(graph), waits_(waits_of(graph)), goals_(goals_of(graph)) {
    for (const Excerpt& excerpt : excerpts_of(graph)) excerpts_.push_back(excerpt);
  }

  void begin() {
    print("{}: {}\n{}\n\n", graph_.protocol, graph_.summary, model_of(graph_));
    print("goal: {} (g lists others, ? helps)\n", goal().title);
    show(0);
  }

  /// @return false: it was no command
  bool obey(const std::string& line) {
    if (line == "u" || line == "s") {
      if (line == "s") game_.reset();
      if (line == "u" && !game_.undo()) return print("there is nothing to undo\n"), true;
      show(game_.moves().size());
      return true;
    }
    if (line == "?") return print("{}", help), true;
    if (line == "h") return hint(), true;
    if (line == "c") return give_up(), true;
    if (line == "p") return print_schedule(), true;
    if (line[0] == 'g') return aim(line);
    if (line.starts_with("k ")) return kill(line.substr(2));
    return go_on(line);
  }

 private:
  template <class... Arguments>
  void print(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    // A module's text may hold characters that steer a terminal.
    const auto all = fmt::format(text, std::forward<Arguments>(arguments)...);
    for (std::size_t from = 0; from < all.size();) {
      const std::size_t end = std::min(all.size(), all.find('\n', from));
      out_ << printable(std::string_view(all).substr(from, end - from));
      if (end < all.size()) out_ << '\n';
      from = end + 1;
    }
  }
  bool refuse(const std::string& why) {
    print("{}\n", why);
    return false;
  }

  const Goal& goal() const { return goals_[goal_]; }
  const AgentPlace& place(int agent) const {
    return graph_.places[graph_.place[graph_.at(game_.state(), agent)]];
  }
  const std::string& sentence(std::int32_t state, int move) const {
    return graph_.sentences[static_cast<std::size_t>(graph_.says[graph_.edge(state, move)])];
  }
  const std::string& value(std::int32_t state, std::size_t cell) const {
    const auto at = static_cast<std::size_t>(state) * graph_.cells.size() + cell;
    return graph_.cells[cell].values[graph_.value[at]];
  }
  const std::string& name_of(int agent) const {
    return graph_.agents[static_cast<std::size_t>(agent)];
  }
  std::string tag(int agent) const {
    const int writers = graph_.workload.writers;
    return agent < writers ? fmt::format("w{}", agent + 1)
                           : fmt::format("r{}", agent - writers + 1);
  }

  std::string source(const SourceLine& line) const {
    for (const Excerpt& excerpt : excerpts_) {
      const auto at = static_cast<std::size_t>(line.line - excerpt.first);
      if (excerpt.file != line.file || line.line < excerpt.first || at >= excerpt.lines.size())
        continue;
      const auto& text = excerpt.lines[at];
      return text.substr(std::min(text.size(), text.find_first_not_of(' ')));
    }
    return {};
  }

  /// "w1"; what stands behind it is left in `rest`. @return -1: it is no agent
  int agent_in(const std::string& text, const char*& rest) const {
    const char* const end = text.data() + text.size();
    const bool writes = text.starts_with('w');
    if (!writes && !text.starts_with('r')) return -1;
    int number = 0;
    const auto read = std::from_chars(text.data() + 1, end, number);
    rest = read.ptr;
    const Workload& w = graph_.workload;
    if (read.ec != std::errc{} || number < 1 || number > (writes ? w.writers : w.readers))
      return -1;
    return number - 1 + (writes ? 0 : w.writers);
  }

  bool kill(const std::string& whom) {
    const char* rest = nullptr;
    const int agent = agent_in(whom, rest);
    if (agent == -1 || *rest != '\0')
      return refuse(fmt::format("'{}' is nobody to kill: k w1 kills writer 1", whom.substr(0, 60)));
    if (game_.kill(agent)) return show(game_.moves().size() - 1), true;
    const auto& name = name_of(agent);
    print("{} cannot be killed: {}\n", name,
          graph_.death == Death::none ? "deaths are not in this model; give --crash any to step"
          : place(agent).dead         ? "it is dead"
          : place(agent).finished     ? "it has finished"
          : is_anyone_dead()          ? "one death is all that is allowed"
                                      : "--crash spares it");
    return true;
  }

  bool is_anyone_dead() const {
    for (int agent = 0; agent < static_cast<int>(graph_.agents.size()); ++agent) {
      if (place(agent).dead) return true;
    }
    return false;
  }

  /// "w1x3"
  bool go_on(const std::string& line) {
    const char* rest = nullptr;
    const int agent = agent_in(line, rest);
    int accesses = 0;
    bool fits = agent != -1;
    if (fits && *rest != '\0') {
      const char* const end = line.data() + line.size();
      const auto read = std::from_chars(rest + 1, end, accesses);
      fits = *rest == 'x' && read.ec == std::errc{} && read.ptr == end && accesses > 0;
    }
    if (!fits) {
      return refuse(
          fmt::format("'{}' is no command: expected an agent, such as w1 or r1x2, or one of k u s "
                      "g h c p q; ? explains",
                      line.substr(0, 60)));
    }
    const std::size_t before = game_.moves().size();
    bool went = accesses == 0 ? game_.run_line(agent, goal()) : game_.step(agent);
    for (int i = 1; went && i < accesses; ++i) went = game_.step(agent);
    if (game_.moves().size() > before) show(before);
    if (went) return true;
    const auto& name = name_of(agent);
    if (place(agent).finished)
      print("{} {}\n", name, place(agent).dead ? "is dead" : "has finished");
    else
      print("{} waits: {}\n", name, why_waiting(agent));
    return true;
  }

  std::string why_waiting(int agent) const {
    return graph_.next[graph_.edge(game_.state(), agent)] == StateGraph::none
               ? fmt::format("its next call ({}) cannot go on now", place(agent).next)
               : fmt::format("it {}, again and again", sentence(game_.state(), agent));
  }

  /// The steps from the `from`th on, then where everybody is.
  void show(std::size_t from) {
    for (std::size_t i = from; i < game_.moves().size(); ++i) {
      const auto before = game_.states()[i];
      const int move = game_.moves()[i];
      print("{:>4}  {:<10} {}{}\n", i + 1, name_of(graph_.agent_of(move)), sentence(before, move),
            changes(before, game_.states()[i + 1]));
    }
    std::string memory;
    for (std::size_t cell = 0; cell < graph_.cells.size(); ++cell) {
      memory += fmt::format("{}{} = {}", cell == 0 ? "" : ", ", graph_.cells[cell].name,
                            value(game_.state(), cell));
    }
    print("      {}\n", memory);
    for (int agent = 0; agent < static_cast<int>(graph_.agents.size()); ++agent) show_agent(agent);
    tell_end();
  }

  std::string changes(std::int32_t from, std::int32_t to) const {
    std::string text;
    for (std::size_t cell = 0; cell < graph_.cells.size(); ++cell) {
      if (value(from, cell) == value(to, cell)) continue;
      text += fmt::format("{}{}: {} -> {}", text.empty() ? "   * " : "; ", graph_.cells[cell].name,
                          value(from, cell), value(to, cell));
    }
    return text;
  }

  void show_agent(int agent) {
    const AgentPlace& at = place(agent);
    const bool waits =
        !at.finished && (!game_.can_step(agent) || waits_[graph_.edge(game_.state(), agent)]);
    const auto doing = at.dead       ? std::string("is dead")
                       : at.finished ? std::string("has finished")
                       : waits       ? "waits: " + why_waiting(agent)
                                     : "next: " + sentence(game_.state(), agent);
    print("  {:<3} {:<16} {:<42} {}\n", tag(agent),
          at.finished ? "" : fmt::format("{}:{}", at.line.file, at.line.line), source(at.line),
          doing + done(at));
  }

  static std::string done(const AgentPlace& at) {
    std::string text;
    for (const auto& clause : at.done) text += (text.empty() ? " (" : ", ") + clause;
    return text.empty() ? text : text + ")";
  }

  void tell_end() {
    const auto state = static_cast<std::size_t>(game_.state());
    const bool ended = graph_.conclusion[state] != StateGraph::none;
    const auto* const conclusion =
        ended ? &graph_.conclusions[static_cast<std::size_t>(graph_.conclusion[state])] : nullptr;
    const auto end = ended ? fmt::format(" {}: {}.", conclusion->outcome, conclusion->why) : "";
    if (is_reached(graph_, game_.state(), goal()))
      print("YOU DID IT, in {} steps: {}.{}\n", game_.moves().size(), goal().title, end);
    else if (ended)
      print("Nobody can go on, and the goal is not reached:{} u undoes, s starts again.\n", end);
  }

  void hint() {
    const auto steps = steps_to(graph_, goal());
    const auto left = steps[static_cast<std::size_t>(game_.state())];
    if (left <= 0) {
      return print("{}\n", left == 0 ? "you are there"
                           : steps[0] == -1
                               ? "have you thought of saying that it cannot be done? (c)"
                               : "from here it cannot be done any more: undo, or start again");
    }
    for (int move = 0; move < graph_.moves(); ++move) {
      const auto next = graph_.next[graph_.edge(game_.state(), move)];
      if (next == StateGraph::none || steps[static_cast<std::size_t>(next)] != left - 1) continue;
      const auto who = tag(graph_.agent_of(move));
      return print("{}: it {}; at least {} steps from here\n",
                   graph_.is_death(move) ? "k " + who : who + "x1", sentence(game_.state(), move),
                   left);
    }
  }

  void give_up() {
    const auto least = steps_to(graph_, goal())[0];
    if (least != -1) return print("It can be done, in {} steps from the start.\n", least);
    print("Right, it cannot be done: all executions were tried, {} states. Complete, for {}.\n",
          graph_.states(), model_of(graph_));
  }

  bool aim(const std::string& line) {
    const auto wanted = line.substr(std::min(line.size(), line.find_first_not_of("g ")));
    for (std::size_t i = 0; i < goals_.size(); ++i) {
      if (wanted.empty()) print("  {:<8} {}\n", goals_[i].id, goals_[i].title);
      if (goals_[i].id != wanted) continue;
      goal_ = i;
      print("goal: {}\n", goal().title);
      tell_end();
      return true;
    }
    return wanted.empty() ||
           refuse(fmt::format("'{}' is no goal: g names them", wanted.substr(0, 60)));
  }

  void print_schedule() {
    const auto schedule = game_.schedule();
    print("{}\n", schedule ? replay_command(graph_.replayed_as, *schedule)
                           : "no schedule: an operation began here in a round of a wait that came "
                             "to nothing");
  }

  const StateGraph& graph_;
  std::ostream& out_;
  Game game_;
  const std::vector<bool> waits_;
  const std::vector<Goal> goals_;
  std::size_t goal_ = 0;
  std::vector<Excerpt> excerpts_;
};

}  // namespace

bool play_in_terminal(const StateGraph& graph, std::istream& in, std::ostream& out, bool prompts) {
  Session session(graph, out);
  session.begin();
  bool all_well = true;
  for (std::string line; (!prompts || out << "> " << std::flush) && std::getline(in, line);) {
    line.erase(line.find_last_not_of(" \t\r") + 1);
    if (line.empty()) continue;
    if (line == "q") break;
    if (!prompts) out << "> " << printable(line.substr(0, 60)) << '\n';
    all_well &= session.obey(line);
  }
  return all_well;
}

}  // namespace minusone
