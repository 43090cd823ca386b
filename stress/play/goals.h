#pragma once

#include <optional>
#include <string>
#include <vector>

#include "stress/play/state_graph.h"

namespace minusone {

/// What a player may try to bring about: a value of the state word, or an execution that ends with
/// a property broken.
struct Goal {
  std::string id;     ///< one word: "word-1", "lose"
  std::string title;  ///< "Make written -1"
  std::optional<long> word;
  std::vector<Property> properties;  ///< where it is not about the word: one of them broken
};

/// The same for every protocol of a kind, so that the list does not tell what can be done.
std::vector<Goal> goals_of(const StateGraph& graph);

bool is_reached(const StateGraph& graph, std::int32_t state, const Goal& goal);

/// By state: how many moves it takes at least to one where the goal is reached; -1: it cannot be
/// done from there.
std::vector<std::int32_t> steps_to(const StateGraph& graph, const Goal& goal);

/// "3 writers, 2 readers, ...": what all executions that were tried have in common.
std::string model_of(const StateGraph& graph);

}  // namespace minusone
