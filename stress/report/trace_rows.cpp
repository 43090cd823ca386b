#include "stress/report/trace_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace minusone {
namespace {

/// Places, by name, that more than one agent touches.
std::set<std::string> places_of_several(const std::vector<TraceStep>& steps) {
  std::map<std::string, std::string> first;
  std::set<std::string> places;
  for (const TraceStep& step : steps) {
    const auto [found, is_new] = first.try_emplace(step.place, step.agent);
    if (!is_new && found->second != step.agent) places.insert(step.place);
  }
  return places;
}

/// Goes round a loop that sees the same.
bool repeats(const TraceStep& a, const TraceStep& b) {
  return a.agent == b.agent && a.what == b.what && a.line == b.line && a.file == b.file &&
         a.changed.empty() && b.changed.empty() && a.why == b.why && !b.dies;
}

bool is_one_call(const TraceStep& a, const TraceStep& b) {
  return !b.call.file.empty() && a.agent == b.agent && a.call == b.call && !a.dies && !b.dies;
}

bool can_be_left_out(const TraceStep& step) { return step.machinery && step.races.empty(); }

/// Several steps of one call.
TraceStep told_as_call(const std::vector<TraceStep>& steps, std::size_t first, std::size_t last,
                       const std::set<std::string>& places) {
  TraceStep told = at_call(steps[first]);
  told.what = fmt::format("{}(), {} steps", steps[first].call.callee, last - first + 1);
  told.verb = told.place = told.before = told.after = told.changed = told.why = {};
  told.sees = 0;
  for (std::size_t i = first; i <= last; ++i) {
    const TraceStep& step = steps[i];
    if (!step.changed.empty() && places.contains(step.place))
      told.changed += (told.changed.empty() ? "" : ", ") + step.changed;
    if (told.why.empty()) {
      told.why = step.why;
      told.sees = step.sees;
    }
  }
  return told;
}

}  // namespace

TraceStep at_call(TraceStep step) {
  if (step.call.file.empty()) return step;
  step.file = step.call.file;
  step.line = step.call.line;
  step.function = step.call.function;
  step.path = step.call.path;
  return step;
}

std::vector<TraceStep> without_inner_steps(std::vector<TraceStep> steps) {
  const auto places = places_of_several(steps);
  std::erase_if(steps, [&](const TraceStep& step) {
    return can_be_left_out(step) || (!step.call.file.empty() && !places.contains(step.place));
  });
  return steps;
}

std::vector<TraceRow> rows_of(const std::vector<TraceStep>& steps, bool all_steps) {
  const auto places = places_of_several(steps);
  std::vector<TraceRow> rows;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (!all_steps && can_be_left_out(steps[i]) && i + 1 < steps.size()) continue;
    if (!rows.empty() && rows.back().last + 1 == i) {
      TraceRow& row = rows.back();
      const bool goes_on = row.first == row.last || row.repeats;
      if (goes_on && repeats(steps[i - 1], steps[i])) {
        row.last = i;
        row.repeats = true;
        continue;
      }
      if (!all_steps && !row.repeats && is_one_call(steps[i - 1], steps[i])) {
        row.last = i;
        row.told = told_as_call(steps, row.first, i, places);
        continue;
      }
    }
    rows.push_back({.first = i, .last = i, .told = at_call(steps[i]), .repeats = false});
  }
  return rows;
}

}  // namespace minusone
