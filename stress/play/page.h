#pragma once

#include <string>
#include <vector>

#include "stress/play/state_graph.h"

namespace minusone {

/// A part of a protocol's source: the structure that its steps stand in, without the description
/// around it, which would tell how the game ends.
struct Excerpt {
  std::string file;  ///< without its directories
  int first = 1;     ///< number of the first line
  std::vector<std::string> lines;
};

/// The lines that the graph's places stand in; empty where the source is not there any more.
std::vector<Excerpt> excerpts_of(const StateGraph& graph);

/// One game of a page.
struct Level {
  StateGraph graph;
  std::string task;    ///< Markdown, a sentence or two, shown above the game; may be empty
  std::string lesson;  ///< Markdown, behind a fold; may be empty
  std::string goal{};  ///< what the task asks for, by its id; empty: the first that there is
};

/// A self-contained page in which the reader is the scheduler, over all states of the real code.
/// @throws std::invalid_argument  a level has no such goal
std::string to_game(const std::vector<Level>& levels);

}  // namespace minusone
