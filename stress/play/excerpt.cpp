#include <fstream>
#include <map>
#include <set>

#include "stress/play/page.h"

namespace minusone {
namespace {

/// Where a structure that holds the line begins, and behind its last line; the line's neighbours
/// where there is none.
std::pair<std::size_t, std::size_t> around(const std::vector<std::string>& lines, std::size_t low,
                                           std::size_t high) {
  constexpr std::size_t near = 3;
  std::size_t first = low;
  while (first > 0 && !lines[first].starts_with("struct ") && !lines[first].starts_with("class "))
    --first;
  std::size_t end = high;
  while (end < lines.size() && !lines[end].starts_with("};")) ++end;
  if (!lines[first].starts_with("struct ") && !lines[first].starts_with("class "))
    first = low > near ? low - near : 0;
  if (end == lines.size()) end = std::min(lines.size() - 1, high + near);
  return {first, end + 1};
}

}  // namespace

std::vector<Excerpt> excerpts_of(const StateGraph& graph) {
  std::map<std::string, std::set<int>> by_file;
  std::map<std::string, std::string> names;
  for (const AgentPlace& place : graph.places) {
    if (place.line.path.empty() || place.line.line <= 0) continue;
    by_file[place.line.path].insert(place.line.line);
    names[place.line.path] = place.line.file;
  }
  std::vector<Excerpt> excerpts;
  for (const auto& [path, numbers] : by_file) {
    std::vector<std::string> lines;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) lines.push_back(std::move(line));
    const auto low = static_cast<std::size_t>(*numbers.begin() - 1);
    const auto high = static_cast<std::size_t>(*numbers.rbegin() - 1);
    if (high >= lines.size()) continue;  // not there, or changed since it was compiled
    const auto [first, end] = around(lines, low, high);
    excerpts.push_back({names[path],
                        static_cast<int>(first) + 1,
                        {lines.begin() + static_cast<std::ptrdiff_t>(first),
                         lines.begin() + static_cast<std::ptrdiff_t>(end)}});
  }
  return excerpts;
}

}  // namespace minusone
