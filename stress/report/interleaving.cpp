#include "stress/report/interleaving.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <numeric>

#include "stress/report/text.h"

namespace minusone {
namespace {

constexpr std::size_t least_column = 14;
constexpr std::size_t most_values = 2;  ///< columns of values; more do not fit on a screen
constexpr std::size_t rows_at_start = 3;
constexpr std::size_t step_column = 5;
constexpr std::size_t most_remark = 22;
constexpr std::size_t least_room = 40;  ///< for all agents

/// "reader 10" stands behind "reader 9", writers before readers, main before its threads.
std::tuple<int, std::string, long, std::string> rank_of(const std::string& agent) {
  const auto digits = agent.find_last_not_of("0123456789") + 1;
  long number = 0;
  std::from_chars(agent.data() + digits, agent.data() + agent.size(), number);
  const bool first = agent.starts_with("writer") || agent == "main";
  return {first ? 0 : 1, agent.substr(0, digits), number, agent};
}

struct Column {
  std::string head;
  std::vector<std::string> cells;  ///< by step
  std::size_t width = 0;

  void fit() {
    width = columns(head);
    for (const auto& cell : cells) width = std::max(width, columns(cell));
  }
};

/// Takes from the widest columns until all fit.
void shrink(std::vector<Column>& all, std::size_t room) {
  const auto taken = [&] {
    return std::accumulate(all.begin(), all.end(), std::size_t{0},
                           [](std::size_t sum, const Column& c) { return sum + c.width + 2; });
  };
  while (taken() > room) {
    auto& widest = *std::ranges::max_element(all, {}, &Column::width);
    if (widest.width <= least_column) return;
    --widest.width;
  }
}

bool in_library(const TraceStep& step) { return step.path.starts_with("/usr/"); }

/// Goes round a loop that sees the same: told once.
bool repeats(const TraceStep& a, const TraceStep& b) {
  return a.agent == b.agent && a.what == b.what && a.line == b.line && a.file == b.file &&
         a.changed.empty() && b.changed.empty() && a.why == b.why && !b.dies;
}

/// Which steps are told in one row, [first, last].
std::vector<std::pair<std::size_t, std::size_t>> rows_of(const std::vector<TraceStep>& steps) {
  std::vector<std::pair<std::size_t, std::size_t>> rows;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (i > 0 && repeats(steps[i - 1], steps[i]))
      rows.back().second = i;
    else
      rows.emplace_back(i, i);
  }
  return rows;
}

/// The file that all steps stand in, those in libraries apart; null where there are several.
const std::string* only_file(const std::vector<TraceStep>& steps) {
  const std::string* file = nullptr;
  for (const TraceStep& step : steps) {
    if (in_library(step) || step.file.empty()) continue;
    if (file != nullptr && *file != step.file) return nullptr;
    file = &step.file;
  }
  return file;
}

std::string_view arrow(bool utf8) { return utf8 ? "\u2192" : "->"; }

std::vector<Column> agent_columns(const std::vector<TraceStep>& steps, bool one_file, bool narrow) {
  const auto agents = agents_in_order(steps);
  std::vector<Column> all;
  if (narrow) {
    Column who{"agent", {}}, what{"step", {}};
    for (const TraceStep& step : steps) {
      who.cells.push_back(printable(step.agent));
      what.cells.push_back(printable(clause_of(step, !one_file)));
    }
    all = {who, what};
  } else {
    for (const auto& agent : agents) {
      Column column{printable(agent), {}};
      for (const TraceStep& step : steps) {
        column.cells.push_back(step.agent == agent ? printable(clause_of(step, !one_file)) : "");
      }
      all.push_back(std::move(column));
    }
  }
  for (Column& column : all) column.fit();
  return all;
}

/// What a place holds behind each step: "0", "0 -> 1"; empty until a step touches it.
Column value_column(const std::vector<TraceStep>& steps, const std::string& place, bool utf8) {
  Column column{printable(place), {}};
  std::string now;
  for (const TraceStep& step : steps) {
    std::string cell = now;
    if (step.place == place && !step.after.empty()) {
      cell = now = step.after;
      if (step.before != step.after)
        cell = fmt::format("{} {} {}", step.before, arrow(utf8), step.after);
    }
    column.cells.push_back(printable(cell));
  }
  column.fit();
  return column;
}

std::string remark(const TraceStep& step, const std::vector<std::string>& values, bool utf8) {
  std::string text;
  const bool has_column = std::ranges::find(values, step.place) != values.end();
  if (!step.changed.empty() && !(has_column && !step.after.empty()))
    text = "* " + change_of(step, arrow(utf8));
  // The column shows whose step it sees.
  const auto why = step.sees > 0 ? fmt::format("sees step {}", step.sees) : step.why;
  if (!why.empty()) text += (text.empty() ? "" : "; ") + why;
  return printable(text);
}

/// Columns that the remarks want, up to `most`.
std::size_t remark_room(const std::vector<TraceStep>& steps, const std::vector<std::string>& values,
                        std::size_t most) {
  std::size_t wanted = 0;
  for (const TraceStep& step : steps)
    wanted = std::max(wanted, columns(remark(step, values, true)));
  return std::min(wanted, most) + 1;
}

}  // namespace

std::vector<std::string> agents_in_order(const std::vector<TraceStep>& steps) {
  std::vector<std::string> agents;
  for (const TraceStep& step : steps) {
    if (std::ranges::find(agents, step.agent) == agents.end()) agents.push_back(step.agent);
  }
  std::ranges::sort(agents, {}, rank_of);
  return agents;
}

std::vector<std::string> changing_values(const std::vector<TraceStep>& steps) {
  std::map<std::string, std::pair<std::size_t, bool>> touched;  // how often, changed
  std::vector<std::string> places;
  for (const TraceStep& step : steps) {
    if (step.place.empty() || step.after.empty()) continue;
    auto& [count, changes] = touched[step.place];
    if (count++ == 0) places.push_back(step.place);
    changes |= step.before != step.after;
  }
  std::erase_if(places, [&](const std::string& place) { return !touched[place].second; });
  std::ranges::stable_sort(places, std::greater<>(),
                           [&](const std::string& place) { return touched[place].first; });
  return places;
}

std::string clause_of(const TraceStep& step, bool with_file) {
  if (step.file.empty() || in_library(step)) return step.what;
  return fmt::format("{}:{} {}", with_file ? step.file : "", step.line, step.what);
}

std::vector<std::string> interleaving_table(const std::vector<TraceStep>& steps, std::size_t width,
                                            std::size_t rows, bool utf8) {
  if (steps.empty()) return {};
  const std::string* const file = only_file(steps);
  auto values = changing_values(steps);
  if (values.size() > most_values) values.resize(most_values);
  std::vector<Column> held;
  std::size_t taken = step_column + remark_room(steps, values, std::min(most_remark, width / 5));
  for (const auto& place : values) {
    held.push_back(value_column(steps, place, utf8));
    taken += std::min(held.back().width, least_column) + 2;
  }
  const std::size_t room = width > taken + least_room ? width - taken : least_room;
  const bool narrow = agents_in_order(steps).size() * (least_column + 4) > room;
  auto all = agent_columns(steps, file != nullptr, narrow);
  shrink(all, room);
  all.insert(all.end(), held.begin(), held.end());

  const auto line_of = [&](std::string line, auto&& cell, const std::string& last) {
    for (const Column& column : all) line += " " + padded(cell(column), column.width) + " ";
    line += last;
    line.erase(line.find_last_not_of(' ') + 1);
    return cut(line, width);
  };
  std::vector<std::string> lines{line_of(
      "     ", [](const Column& c) -> const std::string& { return c.head; },
      file != nullptr ? "in " + printable(*file) : "")};
  const auto told = rows_of(steps);
  const std::size_t left_out =
      rows > rows_at_start + 1 && told.size() > rows ? told.size() - rows + 1 : 0;
  for (std::size_t row = 0; row < told.size(); ++row) {
    if (left_out > 0 && row == rows_at_start) {
      row += left_out;
      lines.push_back(fmt::format("      ... {} steps left out here; --json has them",
                                  told[row].first - told[rows_at_start].first));
    }
    const auto [i, last] = told[row];
    auto end = remark(steps[i], values, utf8);
    if (last > i) end += fmt::format("{}so to step {}", end.empty() ? "" : "; ", last + 1);
    lines.push_back(line_of(
        fmt::format("{:>4} ", i + 1),
        [&](const Column& c) -> const std::string& { return c.cells[i]; }, end));
  }
  return lines;
}

}  // namespace minusone
