#include "stress/model/conform_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

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
  return fmt::format("{:<12} {:>8} {:>6} {:>7.2f} {:>6.1f} {:>11} {:>8.2f} {:>7} {:>6}  {}",
                     to_string(row.size), row.model.states, row.model.depth, row.model.seconds,
                     row.model.megabytes, row.executions, row.explored_seconds, row.native_rounds,
                     row.walks, compared(row));
}

constexpr const char* heads =
    "agents         states  depth  SPIN s     MB  executions explore s rounds  walks  outcomes";

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

const char* found(const LivenessResult& result) {
  return result.holds ? "holds" : result.fails ? "does not hold" : "not decided";
}

std::string liveness_at_length(const ConformReport& report, Style style) {
  if (report.liveness.empty()) return {};
  std::string text = "\n  at last, under weak fairness, of agents that never end:\n";
  for (const auto& result : report.liveness) {
    text += fmt::format("     {:<6} {:<14} {} ({} states, {:.2f} s)\n", to_string(result.size),
                        found(result), result.sentence, result.states, result.seconds);
  }
  std::set<std::string> shown;  // of each formula the smallest
  for (const auto& result : report.liveness) {
    if (result.told.empty() || !shown.insert(result.formula).second) continue;
    text += fmt::format(
        "\n  {}: it does not hold that {}: after {} steps the rest goes round for "
        "ever\n",
        to_string(result.size), result.sentence, result.lasso.loop_from);
    auto lines = interleaving_table(result.told, {.width = static_cast<std::size_t>(style.width)});
    const auto from = static_cast<std::size_t>(std::max(0, result.lasso.loop_from)) + 1;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (i == from) text += "     -- from here, for ever --\n";
      text += lines[i] + "\n";
    }
  }
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
    for (const auto& line :
         interleaving_table(shown.steps, {.width = static_cast<std::size_t>(style.width)}))
      text += line + "\n";
    text += fmt::format("  replay: minusone replay {} {}\n", protocol, shown.schedule);
  }
  return text + liveness_at_length(report, style);
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
  std::string holds, fails, open;
  for (const auto& result : report.liveness) {
    auto& list = result.holds ? holds : result.fails ? fails : open;
    list +=
        fmt::format("{}{} {}", list.empty() ? "" : ", ", to_string(result.size), result.formula);
  }
  for (const auto& [word, list] :
       {std::pair{"at last:", &holds}, {"not at last:", &fails}, {"not decided:", &open}}) {
    if (!list->empty()) text += fmt::format("{:<25}   {} {}\n", "", word, *list);
  }
  return text + explained(report);
}

}  // namespace minusone
