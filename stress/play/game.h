#pragma once

#include <optional>
#include <string>
#include <vector>

#include "stress/play/goals.h"
#include "stress/play/state_graph.h"

namespace minusone {

/// One game: whose turn it was, and where that led. The page has its own (page/game.mjs).
class Game {
 public:
  /// @param graph  outlives the game
  explicit Game(const StateGraph& graph) : graph_(graph) {}

  std::int32_t state() const { return states_.back(); }
  /// Whose step led from each state to the next one.
  const std::vector<int>& agents() const { return agents_; }
  /// The states that were passed, the first one included.
  const std::vector<std::int32_t>& states() const { return states_; }

  /// Whether the agent has a step that leads anywhere.
  bool can_step(int agent) const;
  /// One access to shared memory, or one call. @return false: it has no step
  bool step(int agent);
  /// Steps until the agent leaves the line it stands in, has to wait, or the goal is reached.
  /// @return false: it has no step
  bool run_line(int agent, const Goal& goal);
  /// Takes back the last step() or run_line(). @return false: there was none
  bool undo();
  void reset();

  /// The position as `minusone replay` takes it; nothing where no such schedule leads here.
  std::optional<std::string> schedule() const;

 private:
  bool take(int agent);
  bool replays(const std::vector<int>& agents) const;

  const StateGraph& graph_;
  std::vector<std::int32_t> states_{0};
  std::vector<int> agents_;
  std::vector<std::size_t> turns_;  ///< by turn: how many steps there were before it
};

}  // namespace minusone
