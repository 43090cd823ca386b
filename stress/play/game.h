#pragma once

#include <optional>
#include <string>
#include <vector>

#include "stress/play/goals.h"
#include "stress/play/state_graph.h"

namespace minusone {

/// One game: what moves were made, and where they led. The page has its own (page/game.mjs).
class Game {
 public:
  /// @param graph  outlives the game
  explicit Game(const StateGraph& graph) : graph_(graph) {}

  std::int32_t state() const { return states_.back(); }
  /// What led from each state to the next one.
  const std::vector<int>& moves() const { return moves_; }
  /// The states that were passed, the first one included.
  const std::vector<std::int32_t>& states() const { return states_; }

  /// Whether the agent has a step that leads anywhere.
  bool can_step(int agent) const { return can_move(agent); }
  /// One access to shared memory, or one call. @return false: it has no step
  bool step(int agent);
  /// Steps until the agent leaves the line it stands in, has to wait, or the goal is reached.
  /// @return false: it has no step
  bool run_line(int agent, const Goal& goal);
  /// The agent dies where it is. @return false: it has finished, or nobody may die any more
  bool kill(int agent);
  /// Takes back the last step(), run_line() or kill(). @return false: there was none
  bool undo();
  void reset();

  /// The position as `minusone replay` takes it; nothing where no such schedule leads here.
  std::optional<std::string> schedule() const;

 private:
  bool can_move(int move) const;
  bool take(int move);
  bool make_turn(int move);
  bool replays(const std::vector<int>& moves) const;

  const StateGraph& graph_;
  std::vector<std::int32_t> states_{0};
  std::vector<int> moves_;
  std::vector<std::size_t> turns_;  ///< by turn: how many moves there were before it
};

}  // namespace minusone
