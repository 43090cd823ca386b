#include "stress/report/interleaving.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace minusone {
namespace {

constexpr std::size_t least_column = 14;

std::string cut(const std::string& text, std::size_t width) {
  if (text.size() <= width) return text;
  return width < 4 ? text.substr(0, width) : text.substr(0, width - 3) + "...";
}

struct Table {
  std::vector<std::string> agents;  ///< in the order in which they come up
  std::vector<std::string> cells;   ///< by step
  std::vector<std::size_t> widths;  ///< by agent
};

std::size_t column_of(Table& table, const std::string& agent) {
  const auto at = std::ranges::find(table.agents, agent);
  if (at == table.agents.end()) table.agents.push_back(agent);
  return static_cast<std::size_t>(std::ranges::find(table.agents, agent) - table.agents.begin());
}

/// Takes from the widest columns until all fit.
void fit(std::vector<std::size_t>& widths, std::size_t room) {
  while (std::accumulate(widths.begin(), widths.end(), std::size_t{0}) + 2 * widths.size() > room) {
    auto& widest = *std::ranges::max_element(widths);
    if (widest <= least_column) return;
    --widest;
  }
}

}  // namespace

std::vector<std::string> interleaving_table(const std::vector<TraceStep>& steps,
                                            std::size_t width) {
  if (steps.empty()) return {};
  const bool one_file = std::ranges::all_of(
      steps, [&](const TraceStep& step) { return step.file == steps[0].file; });
  Table table;
  for (const TraceStep& step : steps) column_of(table, step.agent);
  std::ranges::sort(table.agents, [](const std::string& a, const std::string& b) {
    // Writers stand before readers, main before its threads.
    const auto rank = [](const std::string& name) {
      return name.starts_with("writer") || name == "main" ? 0 : 1;
    };
    return std::pair(rank(a), a) < std::pair(rank(b), b);
  });
  for (const auto& agent : table.agents) table.widths.push_back(agent.size());
  for (const TraceStep& step : steps) {
    table.cells.push_back(fmt::format("{}:{} {}", one_file ? "" : step.file, step.line, step.what));
    auto& column = table.widths[column_of(table, step.agent)];
    column = std::max(column, table.cells.back().size());
  }
  fit(table.widths, width > 60 ? width * 2 / 3 : 40);

  std::vector<std::string> lines;
  std::string head = fmt::format("{:>4} ", one_file ? "" : "step");
  for (std::size_t i = 0; i < table.agents.size(); ++i)
    head += fmt::format(" {:<{}} ", table.agents[i], table.widths[i]);
  head += one_file ? " lines of " + steps[0].file : "";
  lines.push_back(cut(head, width));
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::size_t mine = column_of(table, steps[i].agent);
    std::string line = fmt::format("{:>4} ", i + 1);
    for (std::size_t k = 0; k < table.agents.size(); ++k) {
      line += fmt::format(" {:<{}} ", k == mine ? cut(table.cells[i], table.widths[k]) : "",
                          table.widths[k]);
    }
    const auto& [changed, why] = std::tie(steps[i].changed, steps[i].why);
    if (!changed.empty()) line += " * " + changed;
    if (!why.empty()) line += (changed.empty() ? "   " : "; ") + why;
    line.erase(line.find_last_not_of(' ') + 1);
    lines.push_back(cut(line, width));
  }
  return lines;
}

}  // namespace minusone
