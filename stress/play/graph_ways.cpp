#include "stress/play/graph_ways.h"

#include <algorithm>
#include <deque>

namespace minusone {

// Each agent has at most one step in a state, so its steps alone make chains that end or close. A
// death is a chain of one.
std::vector<bool> waits_of(const StateGraph& graph) {
  const auto states = static_cast<std::int32_t>(graph.states());
  std::vector<bool> waits(graph.next.size());
  for (int move = 0; move < graph.moves(); ++move) {
    std::vector<std::int32_t> walk(graph.states(), StateGraph::none);  // which walk came by first
    for (std::int32_t start = 0; start < states; ++start) {
      std::int32_t at = start;
      while (at != StateGraph::none && walk[static_cast<std::size_t>(at)] == StateGraph::none) {
        walk[static_cast<std::size_t>(at)] = start;
        at = graph.next[graph.edge(at, move)];
      }
      if (at == StateGraph::none || walk[static_cast<std::size_t>(at)] != start) continue;
      for (std::int32_t on = at; !waits[graph.edge(on, move)];
           on = graph.next[graph.edge(on, move)])
        waits[graph.edge(on, move)] = true;
    }
  }
  return waits;
}

Ways::Ways(const StateGraph& graph) : back_(graph.states()) {
  std::vector<bool> seen(graph.states());
  std::deque<std::int32_t> queue{0};
  if (!seen.empty()) seen[0] = true;
  while (!queue.empty()) {
    const std::int32_t state = queue.front();
    queue.pop_front();
    for (int move = 0; move < graph.moves(); ++move) {
      const std::int32_t next = graph.next[graph.edge(state, move)];
      if (next == StateGraph::none || seen[static_cast<std::size_t>(next)]) continue;
      seen[static_cast<std::size_t>(next)] = true;
      back_[static_cast<std::size_t>(next)] = {state, move};
      queue.push_back(next);
    }
  }
}

std::vector<int> Ways::to(std::int32_t state) const {
  std::vector<int> moves;
  for (auto at = static_cast<std::size_t>(state); back_[at].from != -1;
       at = static_cast<std::size_t>(back_[at].from)) {
    moves.push_back(back_[at].move);
  }
  std::ranges::reverse(moves);
  return moves;
}

double count_interleavings(const StateGraph& graph) {
  const auto moves = static_cast<std::size_t>(graph.moves());
  const auto goes_on = [&](std::size_t state, std::size_t edge) {
    const std::int32_t next = graph.next[edge];
    return next != StateGraph::none && static_cast<std::size_t>(next) != state;
  };
  std::vector<std::uint32_t> before(graph.states());
  for (std::size_t edge = 0; edge < graph.next.size(); ++edge) {
    if (goes_on(edge / moves, edge)) ++before[static_cast<std::size_t>(graph.next[edge])];
  }
  // In topological order (Kahn, CACM 1962); what a cycle holds back is never reached.
  std::vector<double> ways(graph.states());
  std::deque<std::size_t> queue;
  if (!ways.empty()) queue.push_back(0), ways[0] = 1;
  double all = 0;
  std::size_t visited = 0;
  for (; !queue.empty(); queue.pop_front(), ++visited) {
    const std::size_t state = queue.front();
    bool ends = true;
    for (std::size_t move = 0; move < moves; ++move) {
      const std::size_t edge = state * moves + move;
      if (!goes_on(state, edge)) continue;
      ends &= graph.is_death(static_cast<int>(move));
      const auto next = static_cast<std::size_t>(graph.next[edge]);
      ways[next] += ways[state];
      if (--before[next] == 0) queue.push_back(next);
    }
    if (ends) all += ways[state];
  }
  return visited == graph.states() ? all : 0;
}

}  // namespace minusone
