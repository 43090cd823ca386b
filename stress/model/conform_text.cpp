#include "stress/model/conform_text.h"

#include <fmt/format.h>

#include "stress/report/interleaving.h"

namespace minusone {
namespace {

std::string word(Verdict verdict) {
  switch (verdict) {
    case Verdict::holds:
      return "AGREE";
    case Verdict::violated:
      return "DISAGREE";
    case Verdict::inconclusive:
      return "INCONCLUSIVE";
  }
  return "?";
}

/// Outcomes that model and exploration have, as far as they were compared.
std::string compared(const SizeReport& row) {
  if (!row.model.complete) return "SPIN incomplete";
  if (row.explored_whole && row.explored == row.modelled)
    return fmt::format("{} equal", row.modelled.size());
  if (!row.explored_whole) {
    auto reached = row.explored;
    reached.insert(row.replayed.begin(), row.replayed.end());
    return fmt::format("{} of {} reached (exploration bounded)", reached.size(),
                       row.modelled.size());
  }
  return fmt::format("{} and {}", row.modelled.size(), row.explored.size());
}

std::string columns(const SizeReport& row) {
  return fmt::format("{:<8} {:>9} {:>6} {:>7.2f} {:>11} {:>8.2f} {:>7} {:>6}  {}",
                     to_string(row.size), row.model.states, row.model.depth, row.model.seconds,
                     row.executions, row.explored_seconds, row.native_rounds, row.walks,
                     compared(row));
}

constexpr const char* heads =
    "agents      states  depth    SPIN  executions explored  rounds  walks  outcomes";

std::string explained(const ConformReport& report) {
  std::string text;
  for (const auto& disagreement : report.disagreements) {
    text += fmt::format("  X  {}\n", disagreement.what);
    if (disagreement.schedule.empty()) continue;
    const bool is_schedule = disagreement.schedule.find(' ') == std::string::npos;
    text +=
        fmt::format("     {}{}\n",
                    is_schedule ? fmt::format("replay: minusone replay {} ", report.protocol) : "",
                    disagreement.schedule);
  }
  for (const auto& limit : report.limits) text += fmt::format("  ?  {}\n", limit);
  for (const auto& note : report.notes) text += fmt::format("     note: {}\n", note);
  return text;
}

}  // namespace

std::string to_text(const ConformReport& report, const std::string& protocol, Style style) {
  auto text =
      fmt::format("{:<12} {}: SPIN's verification of the model against exploration of the code\n",
                  word(report.verdict()), protocol);
  text += fmt::format("     {}\n\n     {}\n", report.head, heads);
  for (const auto& row : report.sizes) text += fmt::format("     {}\n", columns(row));
  text += "\n" + explained(report);
  for (const auto& shown : report.breaks) {
    text += fmt::format("\n  {} is broken, shortest with {} agents, in {} steps: {}\n",
                        name_of(shown.property), to_string(shown.size), shown.steps.size(),
                        shown.outcome);
    for (const auto& line : interleaving_table(shown.steps, static_cast<std::size_t>(style.width)))
      text += line + "\n";
    text += fmt::format("  replay: minusone replay {} {}\n", protocol, shown.schedule);
  }
  return text;
}

std::string table_head() { return fmt::format("{:<25} {}\n", "protocol", heads); }

std::string table_rows(const ConformReport& report) {
  std::string text;
  for (const auto& row : report.sizes)
    text += fmt::format("{:<25} {}\n", report.protocol, columns(row));
  for (const auto& shown : report.breaks) {
    text += fmt::format("{:<25}   breaks {} with {} agents in {} steps, replayed: {}\n", "",
                        name_of(shown.property), to_string(shown.size), shown.steps.size(),
                        shown.outcome);
  }
  return text + explained(report);
}

}  // namespace minusone
