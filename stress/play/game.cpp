#include "stress/play/game.h"

#include <algorithm>

#include "stress/explore/schedule.h"
#include "stress/play/graph_ways.h"

namespace minusone {

bool Game::can_move(int move) const {
  const std::int32_t next = graph_.next[graph_.edge(state(), move)];
  return next != StateGraph::none && next != state();
}

bool Game::take(int move) {
  if (!can_move(move)) return false;
  states_.push_back(graph_.next[graph_.edge(state(), move)]);
  moves_.push_back(move);
  return true;
}

bool Game::make_turn(int move) {
  const std::size_t before = moves_.size();
  if (!take(move)) return false;
  turns_.push_back(before);
  return true;
}

bool Game::step(int agent) { return make_turn(agent); }

bool Game::kill(int agent) {
  return graph_.death != Death::none && make_turn(graph_.death_of(agent));
}

bool Game::run_line(int agent, const Goal& goal) {
  const std::size_t before = moves_.size();
  const auto line = [&] {
    const SourceLine& at = graph_.places[graph_.place[graph_.at(state(), agent)]].line;
    return std::pair(at.path, at.line);
  };
  const auto start = line();
  // A line that is a wait of several accesses ends when it is back where it was.
  while (take(agent) && line() == start && !is_reached(graph_, state(), goal) &&
         std::find(states_.begin() + static_cast<std::ptrdiff_t>(before), states_.end() - 1,
                   state()) == states_.end() - 1) {
  }
  if (moves_.size() == before) return false;
  turns_.push_back(before);
  return true;
}

bool Game::undo() {
  if (turns_.empty()) return false;
  moves_.resize(turns_.back());
  states_.resize(turns_.back() + 1);
  turns_.pop_back();
  return true;
}

void Game::reset() {
  states_.resize(1);
  moves_.clear();
  turns_.clear();
}

// A round of a wait that comes to nothing is no step in a schedule: whether there is none.
bool Game::replays(const std::vector<int>& moves) const {
  std::vector<std::vector<std::uint32_t>> seen(graph_.agents.size());
  const std::size_t cells = graph_.cells.size();
  std::int32_t at = 0;
  for (const int move : moves) {
    const int agent = graph_.agent_of(move);
    const std::int32_t next = graph_.next[graph_.edge(at, move)];
    const auto values = [&](std::int32_t state) {
      return graph_.value.begin() +
             static_cast<std::ptrdiff_t>(state) * static_cast<std::ptrdiff_t>(cells);
    };
    auto& places = seen[static_cast<std::size_t>(agent)];
    if (!std::equal(values(at), values(at) + static_cast<std::ptrdiff_t>(cells), values(next))) {
      places.clear();
    } else {
      places.push_back(graph_.place[graph_.at(at, agent)]);
    }
    if (std::ranges::find(places, graph_.place[graph_.at(next, agent)]) != places.end())
      return false;
    at = next;
  }
  return true;
}

std::optional<std::string> Game::schedule() const {
  Schedule schedule;
  schedule.build = graph_.build;
  schedule.workload = graph_.workload;
  auto moves = moves_;
  if (!replays(moves)) moves = Ways(graph_).to(state());
  if (!replays(moves)) return std::nullopt;
  for (const int move : moves) {
    const int agent = graph_.agent_of(move);
    if (graph_.is_death(move)) {
      const auto steps = std::ranges::count(schedule.agents, agent);
      schedule.faults = {{FaultKind::death, agent, static_cast<int>(steps)}};
    }
    schedule.agents.push_back(agent);
  }
  const auto conclusion = graph_.conclusion[static_cast<std::size_t>(state())];
  schedule.is_position = conclusion == StateGraph::none ||
                         graph_.conclusions[static_cast<std::size_t>(conclusion)].is_timed;
  return to_string(schedule);
}

}  // namespace minusone
