#include "stress/report/terminal.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "protocol/counted.h"
#include "stress/report/findings.h"
#include "stress/report/interleaving.h"

namespace minusone {
namespace {

constexpr std::size_t most_rows = 24;  ///< of a counterexample
constexpr std::size_t most_outcomes = 8;
constexpr std::size_t most_history = 8;  ///< lines of a native history
constexpr std::size_t most_races = 4;
constexpr std::size_t most_deaths = 10;
constexpr std::size_t least_why = 36;   ///< columns for an outcome's sentence beside it
constexpr std::size_t most_unseen = 3;  ///< lines of outcomes that did not come, a grade

enum class Ink { plain, bold, red, green, yellow };

Ink ink_of(Verdict verdict) {
  return verdict == Verdict::holds      ? Ink::green
         : verdict == Verdict::violated ? Ink::red
                                        : Ink::yellow;
}

/// Lines as they come, each made harmless and cut to the width.
class Page {
 public:
  explicit Page(Style style)
      : style_(style), width_(static_cast<std::size_t>(std::max(style.width, 60))) {}

  std::size_t width() const { return width_; }
  bool utf8() const { return style_.utf8; }
  bool all_steps() const { return style_.all_steps; }

  void line(std::string_view text, Ink ink = Ink::plain) {
    text_ += painted(cut(safe(text), width_), ink) + "\n";
  }
  /// Broken between words; the lines behind the first stand further in.
  void paragraph(std::string_view first, std::string_view text, Ink ink = Ink::plain) {
    const auto indent = std::min(columns(first), width_ - 20);
    std::string before = cut(safe(first), indent);
    for (const auto& part : wrapped(safe(text), width_ - indent)) {
      text_ += painted(before + part, ink) + "\n";
      before = std::string(indent, ' ');
    }
  }
  /// What must be copied whole: never cut, never broken.
  void whole(std::string_view text) { text_ += safe(text) + "\n"; }
  void gap() { text_ += "\n"; }
  void heading(const Result& result) {
    std::string word(name_of(result.verdict));
    std::ranges::transform(word, word.begin(), [](unsigned char c) { return std::toupper(c); });
    word += memory_of(result);
    text_ += fmt::format("{}  {}: {}\n", painted(word, ink_of(result.verdict)),
                         painted(cut(safe(result.protocol), width_), Ink::bold),
                         safe(agents_sentence(result)));
  }
  std::string take() { return std::move(text_); }

 private:
  std::string safe(std::string_view text) const {
    return style_.utf8 ? printable(text) : printable_ascii(text);
  }
  std::string painted(std::string text, Ink ink) const {
    if (!style_.color || ink == Ink::plain) return text;
    constexpr std::string_view codes[] = {"", "1", "1;31", "1;32", "33"};
    return fmt::format("\x1b[{}m{}\x1b[0m", codes[static_cast<int>(ink)], text);
  }

  const Style style_;
  const std::size_t width_;
  std::string text_;
};

std::string_view mark(Grade grade) {
  return grade == Grade::forbidden ? "X" : grade == Grade::interesting ? "!" : "ok";
}

std::uint64_t all_of(const Result& r) {
  std::uint64_t all = 0;
  for (const OutcomeCount& o : r.outcomes) all += o.count;
  return all;
}

/// Declared and never seen: listed by grade, as 0 is a statement too.
void unseen_outcomes(Page& page, const Result& r) {
  for (const Grade grade : {Grade::forbidden, Grade::interesting, Grade::acceptable}) {
    std::string list;
    for (const OutcomeCount& o : r.outcomes) {
      if (o.grade == grade && o.count == 0) list += (list.empty() ? "" : "; ") + o.outcome;
    }
    if (list.empty()) continue;
    const auto first = fmt::format("     0 times, {}: ", name_of(grade));
    auto lines = wrapped(printable(list), page.width() - columns(first));
    if (lines.size() > most_unseen) {
      lines.resize(most_unseen);
      lines.back() += " ...";
    }
    page.paragraph(first, fmt::format("{}", fmt::join(lines, " ")));
  }
}

void outcomes(Page& page, const Result& r) {
  if (r.outcomes.empty()) return;
  const auto all = all_of(r);
  std::size_t widest = 7;
  for (const OutcomeCount& o : r.outcomes) {
    if (o.count > 0) widest = std::max(widest, columns(printable(o.outcome)));
  }
  widest = std::min(widest, page.width() - 36);
  page.gap();
  page.line(fmt::format("     {:<{}} {:>9}  share  grade      why", "outcome", widest, "count"));
  std::size_t rows = 0;
  std::uint64_t others = 0;
  for (const OutcomeCount& o : r.outcomes) {
    if (o.count == 0) continue;
    if (++rows > most_outcomes) {
      others += o.count;
      continue;
    }
    const auto ink = o.grade == Grade::forbidden ? Ink::red : Ink::plain;
    const auto row = fmt::format("  {:<2} {} {:>9} {:>6}  {:<10} ", mark(o.grade),
                                 padded(printable(o.outcome), widest), o.count, share(o.count, all),
                                 name_of(o.grade));
    if (columns(row) + least_why <= page.width()) {
      page.paragraph(row, o.why, ink);
    } else {
      page.line(row.substr(0, row.find_last_not_of(' ') + 1), ink);
      page.paragraph("       ", o.why, ink);
    }
  }
  if (rows > most_outcomes) {
    page.line(fmt::format("     {} more outcomes, {}; --json has them", rows - most_outcomes,
                          counted(others, "time")));
  }
}

std::string names_of(const Finding& finding) {
  std::string names;
  for (const PropertyResult* p : finding)
    names += fmt::format("{}{}", names.empty() ? "" : ", ", name_of(p->property));
  return names;
}

/// The counterexample in whole: what it breaks, its steps, its cause, how to see it again.
void first_finding(Page& page, const Result& r, const Finding& finding) {
  const PropertyResult& p = *finding[0];
  page.gap();
  page.line(fmt::format("  broken: {} ({}), {}", sentence_of(p.property), name_of(p.property),
                        counted(p.count, "time")),
            Ink::bold);
  for (std::size_t i = 1; i < finding.size(); ++i) {
    page.line(fmt::format("  and so: {} ({}), {}", sentence_of(finding[i]->property),
                          name_of(finding[i]->property), counted(finding[i]->count, "time")));
  }
  const TableStyle table{.width = page.width() - 2,
                         .rows = page.all_steps() ? 0 : most_rows,
                         .utf8 = page.utf8(),
                         .all_steps = page.all_steps()};
  for (const auto& line : interleaving_table(p.steps, table)) page.line("  " + line);
  // The lines behind the steps say what ended the execution and which agents wait. A native run has
  // its history only.
  const std::size_t from = std::min(p.steps.size(), p.trace.size());
  const std::size_t to = std::min(p.trace.size(), from + most_history);
  for (std::size_t i = from; i < to; ++i) page.line("    " + p.trace[i]);
  if (to < p.trace.size())
    page.line(fmt::format("    ... {} more lines; --json has them", p.trace.size() - to));
  if (!p.cause.empty()) page.paragraph("  cause:  ", p.cause);
  if (!p.schedule.empty()) page.whole("  replay: " + replay_command(r.protocol, p.schedule));
}

void other_findings(Page& page, const Result& r, const std::vector<Finding>& all) {
  for (std::size_t i = 1; i < all.size(); ++i) {
    const PropertyResult& p = *all[i][0];
    if (i == 1) page.gap();
    page.line(fmt::format("  also broken: {}, {}", names_of(all[i]), counted(p.count, "time")),
              Ink::bold);
    if (!p.schedule.empty()) page.whole("    " + replay_command(r.protocol, p.schedule));
  }
}

/// The lines before which a death breaks something, whatever its agent had done before.
void deaths(Page& page, const Result& r) {
  struct Line {
    std::string told;
    std::uint64_t violating = 0;
    std::uint64_t executions = 0;
  };
  std::vector<Line> lines;
  for (const DeathPoint& point : r.deaths) {
    auto told = fmt::format("{} before {}:{}", point.agent, point.file, point.line);
    auto line = std::ranges::find(lines, told, &Line::told);
    if (line == lines.end()) line = lines.insert(line, {std::move(told)});
    line->violating += point.violating;
    line->executions += point.executions;
  }
  const auto all = lines.size();
  std::erase_if(lines, [](const Line& line) { return line.violating == 0; });
  if (lines.empty()) return;
  page.gap();
  page.line(fmt::format("  a death breaks it before {} of {}:", lines.size(), counted(all, "line")),
            Ink::bold);
  for (std::size_t i = 0; i < std::min(lines.size(), most_deaths); ++i) {
    page.line(fmt::format("  X  {}: {} of {}", lines[i].told, lines[i].violating,
                          counted(lines[i].executions, "execution")));
  }
  if (lines.size() > most_deaths)
    page.line(fmt::format("     {} more in --json", lines.size() - most_deaths));
}

/// Each pair of lines once, under the reason that many share.
void races(Page& page, const Result& r, std::size_t most) {
  const auto all = races_by_weight(r);
  if (all.empty()) return;
  page.gap();
  const Race& first = *all[0];
  page.paragraph(fmt::format("  {}: ", counted(all.size(), "data race")), first.why);
  for (std::size_t i = 0; i < std::min(all.size(), most); ++i) {
    const Race& race = *all[i];
    page.line(fmt::format("  !  {}  with  {}", sentence_of(race.a), sentence_of(race.b)));
    if (const auto inside = inside_library(race); !inside.empty()) page.line("     at " + inside);
    if (race.why != first.why) page.paragraph("     ", race.why);
  }
  if (all.size() > most) page.line(fmt::format("     {} more in --json", all.size() - most));
}

void throughput(Page& page, const Result& r) {
  if (!r.messages || r.seconds <= 0) return;
  auto line = fmt::format("  {:.0f} messages/s", static_cast<double>(*r.messages) / r.seconds);
  if (r.latency) {
    line += fmt::format("; latency p50 {:.1f} us, p99 {:.1f} us, max {:.1f} us",
                        static_cast<double>(r.latency->p50) / 1e3,
                        static_cast<double>(r.latency->p99) / 1e3,
                        static_cast<double>(r.latency->max) / 1e3);
  }
  page.gap();
  page.line(line);
}

}  // namespace

std::string to_terminal(const Result& r, std::string_view repeat, Style style) {
  Page page(style);
  page.heading(r);
  page.paragraph("  ",
                 fmt::format("{}: {}: {}{} in {:.1f} s", name_of(r.assurance), r.mode, extent(r),
                             r.executions.blocked > 0
                                 ? fmt::format(" ({} more were duplicates)", r.executions.blocked)
                                 : "",
                             r.seconds));
  if (!style.brief) page.paragraph("  model: ", model_sentence(r.model));
  outcomes(page, r);
  if (!style.brief) unseen_outcomes(page, r);
  const auto all = findings(r);
  if (!all.empty()) first_finding(page, r, all[0]);
  if (!style.brief) other_findings(page, r, all);
  if (!style.brief) deaths(page, r);
  races(page, r, style.brief ? 1 : most_races);
  if (style.brief) return page.take();
  throughput(page, r);
  if (!r.limits.empty() || !r.notes.empty() || r.states) page.gap();
  if (r.states) page.paragraph("  states: ", states_sentence(*r.states));
  for (const auto& limit : r.limits) page.paragraph("  limit: ", limit);
  for (const auto& note : r.notes) page.paragraph("  ", note);
  if (!repeat.empty()) page.whole("  repeat: " + std::string(repeat));
  return page.take();
}

}  // namespace minusone
