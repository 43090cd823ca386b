#include "stress/report/markdown.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <system_error>

#include "stress/report/findings.h"
#include "stress/report/interleaving.h"
#include "stress/report/mermaid.h"
#include "stress/report/text.h"

namespace minusone {
namespace {

constexpr std::size_t table_width = 140;
constexpr std::size_t table_rows = 60;
constexpr std::size_t most_races = 8;
constexpr std::size_t most_name = 200;  ///< columns of text of others in a cell

/// Text in a paragraph or a table's cell, all punctuation that Markdown may read taken from it.
std::string plain(std::string_view text) {
  std::string safe;
  for (const char c : cut(printable(text), most_name)) {
    if (c == '<')
      safe += "&lt;";
    else if (c == '>')
      safe += "&gt;";
    else if (c == '&')
      safe += "&amp;";
    else if (c == '@')
      safe += "&#64;";  // mentions nobody
    else if (std::string_view("\\`*_{}[]()#+-.!|~$:").find(c) != std::string_view::npos)
      safe += fmt::format("\\{}", c);
    else
      safe += c;
  }
  return safe;
}

/// A block that ends only where it shall: its fence is longer than any in the text.
std::string block(std::string_view language, const std::string& text) {
  std::string fence = "```";
  while (text.find(fence) != std::string::npos) fence += '`';
  return fmt::format("{}{}\n{}{}\n\n", fence, language, text, fence);
}

std::string_view mark(Verdict verdict) {
  return verdict == Verdict::holds ? "✅" : verdict == Verdict::violated ? "❌" : "❔";
}

std::string overview(const std::vector<Result>& results) {
  std::string text = "| | protocol | verdict | assurance | extent | broken |\n|-|-|-|-|-|-|\n";
  for (const Result& r : results) {
    std::string broken;
    for (const Finding& finding : findings(r)) {
      for (const PropertyResult* p : finding)
        broken += (broken.empty() ? "" : ", ") + plain(name_of(p->property));
    }
    text += fmt::format("| {} | {} | {}{} | {} | {} {} | {} |\n", mark(r.verdict),
                        plain(r.protocol), name_of(r.verdict), memory_of(r), name_of(r.assurance),
                        name_of(r.engine), plain(extent(r)), broken);
  }
  return text + "\n";
}

std::string outcomes(const Result& r) {
  std::uint64_t all = 0;
  for (const auto& o : r.outcomes) all += o.count;
  std::string text = "| outcome | count | share | grade | why |\n|-|-:|-:|-|-|\n";
  for (const auto& o : r.outcomes) {
    text += fmt::format("| {} | {} | {} | {} | {} |\n", plain(o.outcome), o.count,
                        share(o.count, all), name_of(o.grade), plain(o.why));
  }
  return r.outcomes.empty() ? "" : text + "\n";
}

std::string counterexample(const Result& r, const PropertyResult& p) {
  std::string text = fmt::format("**Not kept: {}** \\({}\\)\n\n", plain(sentence_of(p.property)),
                                 plain(name_of(p.property)));
  if (!p.steps.empty()) {
    std::string table;
    for (const auto& line : interleaving_table(p.steps, {.width = table_width, .rows = table_rows}))
      table += line + "\n";
    text += block("text", table);
    text += "<details><summary>as a sequence diagram</summary>\n\n" +
            block("mermaid", to_mermaid(r, p)) + "</details>\n\n";
  }
  if (!p.cause.empty()) text += fmt::format("Cause: {}\n\n", plain(p.cause));
  if (!p.schedule.empty()) {
    text += block("sh", replay_command(r.protocol, p.schedule) + "\n");
  }
  return text;
}

std::string races(const Result& r) {
  const auto all = races_by_weight(r);
  std::string text;
  for (std::size_t i = 0; i < std::min(all.size(), most_races); ++i) {
    const auto inside = inside_library(*all[i]);
    text +=
        fmt::format("- data race: {} with {}{}\n", plain(sentence_of(all[i]->a)),
                    plain(sentence_of(all[i]->b)), inside.empty() ? "" : plain(", at " + inside));
  }
  if (all.size() > most_races) text += fmt::format("- {} more\n", all.size() - most_races);
  return text.empty() ? "" : text + "\n";
}

}  // namespace

std::string to_markdown(const std::vector<Result>& results) {
  std::string text = "## minusone\n\n" + overview(results);
  for (const Result& r : results) {
    const auto all = findings(r);
    if (all.empty()) continue;
    text += fmt::format("### {} {}\n\n{}, {}\n\n", mark(r.verdict), plain(r.protocol),
                        plain(agents_sentence(r)), plain(r.mode));
    text += outcomes(r) + counterexample(r, *all[0][0]) + races(r);
  }
  return text;
}

void append_step_summary(const std::vector<Result>& results) {
  const char* const path = std::getenv("GITHUB_STEP_SUMMARY");
  if (path == nullptr || *path == '\0' || results.empty()) return;
  std::ofstream file(path, std::ios::app);
  file << to_markdown(results) << std::flush;
  if (!file) {
    throw std::system_error(
        errno, std::system_category(),
        fmt::format("appending the summary to '{}', which GITHUB_STEP_SUMMARY names", path));
  }
}

}  // namespace minusone
