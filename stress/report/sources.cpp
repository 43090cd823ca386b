#include "stress/report/sources.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <string>

#include "stress/report/trace_rows.h"

namespace minusone {
namespace {

constexpr int whole_up_to = 400;         ///< lines of a file that comes whole
constexpr int around = 12;               ///< lines before and behind what is named of a longer one
constexpr std::size_t most_bytes = 400;  ///< of a line; nobody reads on

/// The first and the last line that is named, by path.
std::map<std::string, std::pair<int, int>> named_lines(const Result& result) {
  std::map<std::string, std::pair<int, int>> named;
  const auto name = [&](const std::string& path, int line) {
    if (path.empty() || line < 1) return;
    auto& [low, high] = named.try_emplace(path, line, line).first->second;
    low = std::min(low, line);
    high = std::max(high, line);
  };
  for (const PropertyResult& property : result.properties) {
    for (const TraceStep& step : property.steps) {
      const TraceStep told = at_call(step);
      name(told.path, told.line);
    }
  }
  for (const DeathPoint& death : result.deaths) name(death.path, death.line);
  for (const Race& race : result.races) {
    name(race.a.path, race.a.line);
    name(race.b.path, race.b.line);
  }
  return named;
}

}  // namespace

void attach_sources(Result& result) {
  for (const auto& [path, lines] : named_lines(result)) {
    if (std::ranges::find(result.sources, path, &SourceText::path) != result.sources.end())
      continue;
    std::ifstream file(path);
    SourceText source{path, 1, {}};
    for (std::string line; std::getline(file, line);) {
      if (line.size() > most_bytes) line.resize(most_bytes);
      source.lines.push_back(std::move(line));
    }
    if (source.lines.empty()) continue;
    if (const int count = static_cast<int>(source.lines.size()); count > whole_up_to) {
      const int first = std::max(1, lines.first - around);
      const int last = std::min({count, lines.second + around, first + whole_up_to});
      if (first > count) continue;
      source.lines.erase(source.lines.begin() + last, source.lines.end());
      source.lines.erase(source.lines.begin(), source.lines.begin() + first - 1);
      source.first = first;
    }
    result.sources.push_back(std::move(source));
  }
}

}  // namespace minusone
