#include "stress/play/goals.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "protocol/counted.h"

namespace minusone {

namespace {

/// "one death", "one writer's death".
std::string in_words(Death death) {
  return death == Death::any ? "one death" : fmt::format("one {}'s death", name_of(death));
}

}  // namespace

std::vector<Goal> goals_of(const StateGraph& graph) {
  std::vector<Goal> goals;
  if (graph.word_cell != StateGraph::none && !graph.legal.empty()) {
    const auto [least, most] = std::ranges::minmax(graph.legal);
    for (const long value : {least - 1, most + 1}) {
      goals.push_back(
          {fmt::format("word{}", value), fmt::format("Make {} {}", graph.word, value), value});
    }
  }
  goals.push_back({"lose", "Lose a message", {}, {Property::no_loss}});
  goals.push_back({"twice", "Hand one message out twice", {}, {Property::no_duplicate}});
  goals.push_back({"tear", "Tear a message", {}, {Property::no_tear}});
  if (graph.workload.messages > 1)
    goals.push_back({"order", "Let a message overtake another", {}, {Property::no_reorder}});
  goals.push_back({"stuck",
                   "Get somebody stuck, waiting for what is already there",
                   {},
                   {Property::no_deadlock, Property::survives_death}});
  for (Goal& goal : goals) {
    if (graph.death != Death::none) goal.title += ", with " + in_words(graph.death) + " allowed";
  }
  return goals;
}

bool is_reached(const StateGraph& graph, std::int32_t state, const Goal& goal) {
  const auto at = static_cast<std::size_t>(state);
  if (goal.word) {
    const auto cell = static_cast<std::size_t>(graph.word_cell);
    const auto value = graph.value[at * graph.cells.size() + cell];
    return graph.cells[cell].values[value] == std::to_string(*goal.word);
  }
  if (graph.conclusion[at] == StateGraph::none) return false;
  const auto& broken = graph.conclusions[static_cast<std::size_t>(graph.conclusion[at])].broken;
  return std::ranges::find_first_of(broken, goal.properties) != broken.end();
}

std::vector<std::int32_t> steps_to(const StateGraph& graph, const Goal& goal) {
  std::vector<std::vector<std::int32_t>> before(graph.states());
  for (std::size_t edge = 0; edge < graph.next.size(); ++edge) {
    if (graph.next[edge] == StateGraph::none) continue;
    before[static_cast<std::size_t>(graph.next[edge])].push_back(
        static_cast<std::int32_t>(edge / static_cast<std::size_t>(graph.moves())));
  }
  std::vector<std::int32_t> steps(graph.states(), -1);
  std::deque<std::int32_t> queue;
  for (std::int32_t state = 0; state < static_cast<std::int32_t>(graph.states()); ++state) {
    if (!is_reached(graph, state, goal)) continue;
    steps[static_cast<std::size_t>(state)] = 0;
    queue.push_back(state);
  }
  for (; !queue.empty(); queue.pop_front()) {
    const auto state = static_cast<std::size_t>(queue.front());
    for (const std::int32_t from : before[state]) {
      if (steps[static_cast<std::size_t>(from)] != -1) continue;
      steps[static_cast<std::size_t>(from)] = steps[state] + 1;
      queue.push_back(from);
    }
  }
  return steps;
}

std::string model_of(const StateGraph& graph) {
  const Workload& w = graph.workload;
  return fmt::format(
      "{}, {}, {} each, under sequential consistency, each copy in at most {}, {}",
      counted(w.writers, "writer"), counted(w.readers, "reader"), counted(w.messages, "message"),
      counted(graph.copy_steps, "step"),
      graph.death != Death::none
          ? fmt::format("with {} at most and without timeouts", in_words(graph.death))
          : "without deaths and timeouts");
}

}  // namespace minusone
