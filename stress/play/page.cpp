#include "stress/play/page.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "stress/play/goals.h"
#include "stress/play/graph_ways.h"
#include "stress/report/html.h"

namespace minusone {

// Made by minusone_embed of the files in page/ and of the report's.
namespace html_assets {
extern const std::string_view dom_mjs;
}
namespace play_assets {
extern const std::string_view play_css, play_mjs, graph_mjs, goals_mjs, game_mjs, board_mjs,
    predict_mjs, markdown_mjs;
}

namespace {

using Json = nlohmann::ordered_json;

/// Numbers of seven bits a byte, the low ones first (LEB128, DWARF 5, 7.6).
class Packed {
 public:
  void add(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
  /// Small where the number is near to zero, on either side.
  void add_signed(std::int64_t value) {
    add(static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63));
  }
  std::string base64() const {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes_.size(); i += 3) {
      std::uint32_t three = 0;
      for (std::size_t k = 0; k < 3; ++k) {
        three =
            three << 8 | (i + k < bytes_.size() ? static_cast<unsigned char>(bytes_[i + k]) : 0u);
      }
      for (std::size_t k = 0; k < 4; ++k)
        text += i + k <= bytes_.size() ? digits[three >> (18 - 6 * k) & 63] : '=';
    }
    return text;
  }

 private:
  std::string bytes_;
};

/// State by state: the cells' values, then by agent its place, which moves it has (0: none, 1: a
/// step, 2: one in a wait; plus 3 where it may die), and of each how far away the state is that it
/// leads to and what it does; then the conclusion, plus 1.
std::string packed(const StateGraph& graph) {
  const auto waits = waits_of(graph);
  const std::size_t cells = graph.cells.size();
  Packed all;
  const auto add_move = [&](std::size_t state, std::size_t edge) {
    if (graph.next[edge] == StateGraph::none) return;
    all.add_signed(graph.next[edge] - static_cast<std::int64_t>(state));
    all.add(static_cast<std::uint64_t>(graph.says[edge]));
  };
  for (std::size_t state = 0; state < graph.states(); ++state) {
    for (std::size_t c = 0; c < cells; ++c) all.add(graph.value[state * cells + c]);
    for (int agent = 0; agent < static_cast<int>(graph.agents.size()); ++agent) {
      const auto number = static_cast<std::int32_t>(state);
      all.add(graph.place[graph.at(number, agent)]);
      const std::size_t step = graph.edge(number, agent);
      const int death = graph.death_of(agent);
      const bool may_die =
          graph.death != Death::none && graph.next[graph.edge(number, death)] != StateGraph::none;
      all.add((graph.next[step] == StateGraph::none ? 0u
               : waits[step]                        ? 2u
                                                    : 1u) +
              (may_die ? 3u : 0u));
      add_move(state, step);
      if (may_die) add_move(state, graph.edge(number, death));
    }
    all.add(static_cast<std::uint64_t>(graph.conclusion[state] + 1));
  }
  return all.base64();
}

/// The goals in their order, but that the one that a task asks for comes first.
std::vector<Goal> with_first(std::vector<Goal> goals, const std::string& id) {
  const auto at = std::ranges::find(goals, id, &Goal::id);
  if (at != goals.end())
    std::rotate(goals.begin(), at, at + 1);
  else if (!id.empty())
    throw std::invalid_argument("no goal '" + id + "'");
  return goals;
}

Json to_json(const Level& level) {
  const StateGraph& graph = level.graph;
  const Workload& w = graph.workload;
  Json json{{"protocol", graph.protocol},
            {"summary", graph.summary},
            {"build", graph.build},
            {"replayedAs", graph.replayed_as},
            {"workload",
             {{"writers", w.writers},
              {"readers", w.readers},
              {"messages", w.messages},
              {"text", w.text},
              {"processes", w.processes}}},
            {"model", model_of(graph)},
            {"deaths", graph.death != Death::none},
            {"agents", graph.agents},
            {"word", graph.word},
            {"legal", graph.legal},
            {"wordCell", graph.word_cell},
            {"interleavings", graph.interleavings},
            {"sentences", graph.sentences},
            {"task", level.task},
            {"lesson", level.lesson}};
  for (const Cell& cell : graph.cells)
    json["cells"].push_back({{"name", cell.name}, {"values", cell.values}});
  for (const AgentPlace& place : graph.places) {
    json["places"].push_back({{"finished", place.finished},
                              {"dead", place.dead},
                              {"file", place.line.file},
                              {"line", place.line.line},
                              {"next", place.next},
                              {"done", place.done}});
  }
  for (const Conclusion& conclusion : graph.conclusions) {
    auto broken = Json::array();
    for (const Property property : conclusion.broken) broken.push_back(name_of(property));
    json["conclusions"].push_back({{"outcome", conclusion.outcome},
                                   {"grade", name_of(conclusion.grade)},
                                   {"why", conclusion.why},
                                   {"timed", conclusion.is_timed},
                                   {"broken", broken}});
  }
  for (const Goal& goal : with_first(goals_of(graph), level.goal)) {
    auto broken = Json::array();
    for (const Property property : goal.properties) broken.push_back(name_of(property));
    json["goals"].push_back({{"id", goal.id},
                             {"title", goal.title},
                             {"word", goal.word ? Json(*goal.word) : Json()},
                             {"broken", broken}});
  }
  json["source"] = Json::array();
  for (const Excerpt& excerpt : excerpts_of(graph)) {
    json["source"].push_back(
        {{"file", excerpt.file}, {"first", excerpt.first}, {"lines", excerpt.lines}});
  }
  json["states"] = graph.states();
  json["packed"] = packed(graph);
  return json;
}

}  // namespace

std::string to_game(const std::vector<Level>& levels) {
  using namespace play_assets;
  auto all = Json::array();
  for (const Level& level : levels) all.push_back(to_json(level));
  return to_html(Page{"You are the scheduler: minusone",
                      play_css,
                      {{"minusone/dom", html_assets::dom_mjs},
                       {"minusone/graph", graph_mjs},
                       {"minusone/goals", goals_mjs},
                       {"minusone/game", game_mjs},
                       {"minusone/predict", predict_mjs},
                       {"minusone/markdown", markdown_mjs},
                       {"minusone/board", board_mjs},
                       {"play", play_mjs}},
                      all.dump(-1, ' ', true, Json::error_handler_t::replace)});
}

}  // namespace minusone
