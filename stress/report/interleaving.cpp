#include "stress/report/interleaving.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <numeric>

#include "protocol/counted.h"
#include "stress/report/text.h"
#include "stress/report/trace_rows.h"

namespace minusone {
namespace {

constexpr std::size_t least_column = 14;
constexpr std::size_t most_values = 2;  ///< columns of values; more do not fit on a screen
constexpr std::size_t most_value = 24;  ///< their width; wider ones are told as remarks
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

/// The file that all rows stand in, libraries apart; null where there are several.
const std::string* only_file(const std::vector<TraceRow>& rows) {
  const std::string* file = nullptr;
  for (const TraceRow& row : rows) {
    if (is_library(row.told.path) || row.told.file.empty()) continue;
    if (file != nullptr && *file != row.told.file) return nullptr;
    file = &row.told.file;
  }
  return file;
}

std::vector<std::string> agents_of(const std::vector<TraceRow>& rows) {
  std::vector<TraceStep> told;
  for (const TraceRow& row : rows) told.push_back(row.told);
  return agents_in_order(told);
}

std::string_view arrow(bool utf8) { return utf8 ? "\u2192" : "->"; }

/// How the field writes the accesses that most steps are.
constexpr std::pair<std::string_view, std::string_view> short_verbs[] = {
    {"reads", "R"},     {"writes", "W"},    {"loads", "R"},   {"stores", "W"},
    {"exchanges", "X"}, {"updates", "RMW"}, {"copies", "cp"}, {"compares and swaps", "CAS"},
};

/// A clause as short as it can be understood: "reads written = 1" is "R written = 1".
std::string shortened(const TraceStep& step) {
  for (const auto& [verb, short_verb] : short_verbs) {
    if (step.what.starts_with(verb) && step.what.substr(verb.size()).starts_with(' '))
      return std::string(short_verb) + step.what.substr(verb.size());
  }
  return step.what;
}

enum class Cells { whole, shortened, with_agent };

std::vector<Column> agent_columns(const std::vector<TraceRow>& rows,
                                  const std::vector<std::string>& agents, bool one_file,
                                  Cells cells) {
  std::vector<Column> all;
  if (cells == Cells::with_agent) {
    Column who{"agent", {}}, what{"step", {}};
    for (const TraceRow& row : rows) {
      who.cells.push_back(printable(row.told.agent));
      what.cells.push_back(printable(clause_of(row.told, !one_file)));
    }
    all = {who, what};
  } else {
    for (const auto& agent : agents) {
      Column column{printable(agent), {}};
      for (const TraceRow& row : rows) {
        TraceStep told = row.told;
        if (cells == Cells::shortened) told.what = shortened(told);
        column.cells.push_back(told.agent == agent ? printable(clause_of(told, !one_file)) : "");
      }
      all.push_back(std::move(column));
    }
  }
  for (Column& column : all) column.fit();
  return all;
}

std::size_t width_of(const std::vector<Column>& all) {
  return std::accumulate(all.begin(), all.end(), std::size_t{0},
                         [](std::size_t sum, const Column& c) { return sum + c.width + 2; });
}

/// Takes from the widest columns until all fit.
void shrink(std::vector<Column>& all, std::size_t room) {
  while (width_of(all) > room) {
    auto& widest = *std::ranges::max_element(all, {}, &Column::width);
    if (widest.width <= least_column) return;
    --widest.width;
  }
}

/// A column an agent, of clauses that are whole, or short; where these have no room either, one
/// column names the agent of each row.
std::vector<Column> fitting_columns(const std::vector<TraceRow>& rows,
                                    const std::vector<std::string>& agents, bool one_file,
                                    std::size_t room) {
  for (const Cells cells : {Cells::whole, Cells::shortened}) {
    auto all = agent_columns(rows, agents, one_file, cells);
    if (width_of(all) <= room) return all;
  }
  return agent_columns(rows, agents, one_file, Cells::with_agent);
}

/// What a place holds behind each row: "0", "0 -> 1"; empty until a step touches it.
Column value_column(const std::vector<TraceStep>& steps, const std::vector<TraceRow>& rows,
                    const std::string& place, bool utf8) {
  Column column{printable(place), {}};
  std::string now;
  for (std::size_t at = 0, row = 0; row < rows.size(); ++row) {
    std::string before;
    bool touches = false;
    for (; at <= rows[row].last; ++at) {
      if (steps[at].place != place || steps[at].after.empty()) continue;
      if (!touches) before = steps[at].before;
      touches = true;
      now = steps[at].after;
    }
    column.cells.push_back(printable(
        touches && before != now ? fmt::format("{} {} {}", before, arrow(utf8), now) : now));
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
std::size_t remark_room(const std::vector<TraceRow>& rows, const std::vector<std::string>& values,
                        std::size_t most) {
  std::size_t wanted = 0;
  for (const TraceRow& row : rows)
    wanted = std::max(wanted, columns(remark(row.told, values, true)));
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
  const TraceStep told = at_call(step);
  if (told.file.empty() || is_library(told.path)) return told.what;
  return fmt::format("{}:{} {}", with_file ? told.file : "", told.line, told.what);
}

std::vector<std::string> interleaving_table(const std::vector<TraceStep>& steps,
                                            const TableStyle& style) {
  if (steps.empty()) return {};
  const auto rows = rows_of(steps, style.all_steps);
  const std::string* const file = only_file(rows);
  auto values = changing_values(style.all_steps ? steps : without_inner_steps(steps));
  std::vector<Column> held;
  std::erase_if(values, [&](const std::string& place) {
    if (held.size() == most_values) return true;
    auto column = value_column(steps, rows, place, style.utf8);
    const bool is_wide = column.width > most_value;
    if (!is_wide) held.push_back(std::move(column));
    return is_wide;
  });
  std::size_t taken =
      step_column + remark_room(rows, values, std::min(most_remark, style.width / 5));
  for (const Column& column : held) taken += std::min(column.width, least_column) + 2;
  const std::size_t room = style.width > taken + least_room ? style.width - taken : least_room;
  auto all = fitting_columns(rows, agents_of(rows), file != nullptr, room);
  shrink(all, room);
  all.insert(all.end(), held.begin(), held.end());

  const auto line_of = [&](std::string line, auto&& cell, const std::string& last) {
    for (const Column& column : all) line += " " + padded(cell(column), column.width) + " ";
    line += last;
    line.erase(line.find_last_not_of(' ') + 1);
    return cut(line, style.width);
  };
  std::vector<std::string> lines{line_of(
      "     ", [](const Column& c) -> const std::string& { return c.head; },
      file != nullptr ? "in " + printable(*file) : "")};
  const std::size_t cut_out =
      style.rows > rows_at_start + 1 && rows.size() > style.rows ? rows.size() - style.rows + 1 : 0;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (cut_out > 0 && row == rows_at_start) {
      row += cut_out;
      lines.push_back(fmt::format("      ... {} steps left out here; --json has them",
                                  rows[row].first - rows[rows_at_start].first));
    }
    auto end = remark(rows[row].told, values, style.utf8);
    if (rows[row].repeats)
      end += fmt::format("{}so to step {}", end.empty() ? "" : "; ", rows[row].last + 1);
    lines.push_back(line_of(
        fmt::format("{:>4} ", rows[row].first + 1),
        [&](const Column& c) -> const std::string& { return c.cells[row]; }, end));
  }
  std::size_t shown = 0;
  for (const TraceRow& row : rows) shown += row.last - row.first + 1;
  if (shown < steps.size()) {
    lines.push_back(fmt::format("      {} of the standard library's own {} no row; --all-steps",
                                counted(steps.size() - shown, "step"),
                                steps.size() - shown == 1 ? "has" : "have"));
  }
  return lines;
}

}  // namespace minusone
