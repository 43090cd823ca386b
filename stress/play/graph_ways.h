#pragma once

#include <cstdint>
#include <vector>

#include "stress/play/state_graph.h"

namespace minusone {

/// By state and move, ordered as StateGraph::next: whether the agent's own steps alone lead back to
/// the state, so that it waits for somebody else.
std::vector<bool> waits_of(const StateGraph& graph);

/// A shortest way from the first state to each other one.
class Ways {
 public:
  explicit Ways(const StateGraph& graph);
  /// The moves.
  std::vector<int> to(std::int32_t state) const;

 private:
  struct Back {
    std::int32_t from = -1;
    int move = -1;
  };
  std::vector<Back> back_;
};

/// How many ways lead from the first state to one in which nobody has a step; 0 where a wait loop
/// of several steps makes them uncountable.
double count_interleavings(const StateGraph& graph);

}  // namespace minusone
