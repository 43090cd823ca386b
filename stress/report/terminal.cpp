#include "stress/report/terminal.h"

#include <fmt/format.h>

#include <algorithm>

#include "stress/report/interleaving.h"

namespace minusone {
namespace {

enum class Ink { plain, bold, red, green, yellow };

std::string paint(Ink ink, std::string text, const Style& style) {
  if (!style.color || ink == Ink::plain) return text;
  constexpr std::string_view codes[] = {"", "1", "1;31", "1;32", "33"};
  return fmt::format("\x1b[{}m{}\x1b[0m", codes[static_cast<int>(ink)], text);
}

Ink ink_of(Verdict verdict) {
  return verdict == Verdict::holds      ? Ink::green
         : verdict == Verdict::violated ? Ink::red
                                        : Ink::yellow;
}

std::string_view mark(Grade grade, std::uint64_t count) {
  if (count == 0) return " ";
  return grade == Grade::forbidden ? "X" : grade == Grade::interesting ? "!" : "ok";
}

std::string how_many(const Result& r) {
  const auto all = r.executions.complete + r.executions.stuck_rightly;
  if (r.engine == "stress")
    return fmt::format("{} rounds, {} of them wrong", all, r.executions.violating);
  return fmt::format("{}, {} of them wrong ({} more were duplicates)",
                     counted(static_cast<std::int64_t>(all), "execution"), r.executions.violating,
                     r.executions.blocked);
}

std::string agents_of(const Result& r) {
  const Workload& w = r.workload;
  if (w.writers + w.readers == 0) return "a whole program, its threads";
  return fmt::format("{}, {}, {}{} B of text, {}", counted(w.writers, "writer"),
                     counted(w.readers, "reader"),
                     r.messages ? "" : counted(w.messages, "message") + " each, ", w.text,
                     w.processes ? "processes" : "threads");
}

std::string place_of(const RaceSide& side) {
  return fmt::format("{} {} ({}:{})", side.agent, side.access, side.file, side.line);
}

std::string cut(std::string text, std::size_t width) {
  if (text.size() > width && width > 3) text = text.substr(0, width - 3) + "...";
  return text;
}

}  // namespace

std::string counted(std::int64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string printable(std::string_view text) {
  std::string shown;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else
      shown += c;
  }
  return shown;
}

std::string to_terminal(const Result& r, std::string_view repeat, Style style) {
  const auto width = static_cast<std::size_t>(std::max(style.width, 60));
  std::string text;
  std::string verdict(name_of(r.verdict));
  std::ranges::transform(verdict, verdict.begin(), [](unsigned char c) { return std::toupper(c); });
  text += fmt::format("{}  {}: {}\n", paint(ink_of(r.verdict), verdict, style),
                      paint(Ink::bold, printable(r.protocol), style), agents_of(r));
  text +=
      fmt::format("  {}: {}; {} in {:.1f} s\n", name_of(r.assurance), printable(r.mode),
                  r.messages ? fmt::format("{} messages", *r.messages) : how_many(r), r.seconds);
  if (!r.outcomes.empty()) {
    std::size_t widest = 8;
    for (const auto& o : r.outcomes) widest = std::max(widest, o.outcome.size());
    text += fmt::format("\n     {:<{}} {:>9}  {:<10} why\n", "outcome", widest, "count", "grade");
    for (const auto& o : r.outcomes) {
      const auto row = cut(
          fmt::format("  {:<2} {:<{}} {:>9}  {:<10} {}", mark(o.grade, o.count),
                      printable(o.outcome), widest, o.count, name_of(o.grade), printable(o.why)),
          width);
      text += paint(o.count == 0                  ? Ink::plain
                    : o.grade == Grade::forbidden ? Ink::red
                                                  : Ink::plain,
                    row, style) +
              "\n";
    }
  }
  for (const auto& p : r.properties) {
    if (p.verdict != Verdict::violated) continue;
    text += fmt::format("\n  broken: {} ({}), {}\n", sentence_of(p.property), name_of(p.property),
                        counted(static_cast<std::int64_t>(p.count), "time"));
    // A schedule's trace is the proof, and stands in whole.
    auto lines = interleaving_table(p.steps, width - 4);
    // Behind the steps: what ended the execution, who waits.
    lines.insert(lines.end(), p.trace.begin() + static_cast<std::ptrdiff_t>(p.steps.size()),
                 p.trace.end());
    const std::size_t shown = p.schedule.empty() ? 8 : 200;
    for (std::size_t i = 0; i < std::min(lines.size(), shown); ++i)
      text += cut("    " + printable(lines[i]), width) + "\n";
    if (lines.size() > shown) text += fmt::format("    ... {} more\n", lines.size() - shown);
    if (!p.cause.empty()) text += fmt::format("    cause: {}\n", printable(p.cause));
    if (!p.schedule.empty())
      text += fmt::format("    replay: minusone replay {} {}\n", printable(r.protocol), p.schedule);
  }
  for (const Race& race : r.races) {
    text += fmt::format("\n  race: {}\n    and {}\n    {}\n", printable(place_of(race.a)),
                        printable(place_of(race.b)), printable(race.why));
  }
  if (r.messages && r.seconds > 0) {
    text += fmt::format("\n  {:.0f} messages/s", static_cast<double>(*r.messages) / r.seconds);
    if (r.latency)
      text += fmt::format("; latency p50 {:.1f} us, p99 {:.1f} us, max {:.1f} us",
                          static_cast<double>(r.latency->p50) / 1e3,
                          static_cast<double>(r.latency->p99) / 1e3,
                          static_cast<double>(r.latency->max) / 1e3);
    text += "\n";
  }
  for (const auto& limit : r.limits) text += fmt::format("  limit: {}\n", printable(limit));
  for (const auto& note : r.notes) text += fmt::format("  {}\n", printable(note));
  text += fmt::format("  repeat: {}\n", printable(repeat));
  return text;
}

}  // namespace minusone
