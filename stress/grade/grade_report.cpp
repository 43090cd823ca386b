#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "stress/grade/grade.h"
#include "stress/report/text.h"

namespace minusone {
namespace {

/// For an element or an attribute.
std::string xml(std::string_view line) {
  std::string safe;
  for (const char c : printable(line)) {
    safe += c == '&'   ? "&amp;"
            : c == '<' ? "&lt;"
            : c == '>' ? "&gt;"
            : c == '"' ? "&quot;"
                       : std::string(1, c);
  }
  return safe;
}

template <class Each>
void each_line(std::string_view text, const Each& each) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    each(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

}  // namespace

std::string to_terminal(const GradeSheet& sheet) {
  auto text =
      fmt::format("{}: {} of {} points\n\n", printable(sheet.file), sheet.points(), sheet.of());
  for (const Mark& mark : sheet.marks) {
    text += fmt::format("  {} {} of {}  {:<13} {}{}\n", mark.points == mark.of ? "ok" : "X ",
                        mark.points, mark.of, mark.name, mark.title,
                        mark.why.empty() ? "" : ": " + mark.why);
    if (mark.points == mark.of) continue;
    each_line(mark.evidence,
              [&](std::string_view line) { text += fmt::format("         {}\n", line); });
  }
  for (const auto& note : sheet.notes) text += fmt::format("  note: {}\n", note);
  return text;
}

std::string to_json(const GradeSheet& sheet) {
  using Json = nlohmann::ordered_json;
  Json json{{"schema", "minusone.grade/1"}, {"file", sheet.file},
            {"points", sheet.points()},     {"of", sheet.of()},
            {"marks", Json::array()},       {"notes", sheet.notes}};
  for (const Mark& mark : sheet.marks) {
    json["marks"].push_back({{"name", mark.name},
                             {"title", mark.title},
                             {"points", mark.points},
                             {"of", mark.of},
                             {"why", mark.why},
                             {"evidence", mark.evidence}});
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string to_junit(const GradeSheet& sheet) {
  std::string cases;
  int failed = 0;
  for (const Mark& mark : sheet.marks) {
    cases += fmt::format("    <testcase classname=\"{}\" name=\"{} ({} of {} points)\"",
                         xml(sheet.file), xml(mark.title), mark.points, mark.of);
    if (mark.points == mark.of) {
      cases += "/>\n";
      continue;
    }
    ++failed;
    cases +=
        fmt::format(">\n      <failure message=\"{}\" type=\"{}\">", xml(mark.why), xml(mark.name));
    each_line(mark.evidence, [&](std::string_view line) { cases += xml(line) + "\n"; });
    cases += "</failure>\n    </testcase>\n";
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"{}\" "
      "tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"0\">\n{}  </testsuite>\n</testsuites>\n",
      xml(sheet.file), sheet.marks.size(), failed, cases);
}

}  // namespace minusone
