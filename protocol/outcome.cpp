#include "protocol/outcome.h"

#include <fmt/format.h>

#include <charconv>

namespace minusone {
namespace {

[[noreturn]] void refuse(std::string_view pattern, std::string_view term) {
  throw BadPattern(fmt::format(
      "outcome pattern '{}': term '{}' is not of the form 'lost 0', 'lost > 0' or 'written = -1'",
      pattern, term));
}

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::optional<long> field(std::string_view name, const Outcome& outcome,
                          std::string_view word_name) {
  if (!word_name.empty() && name == word_name) return outcome.word;
  if (name == "lost") return outcome.lost;
  if (name == "duplicated") return outcome.duplicated;
  if (name == "torn") return outcome.torn;
  if (name == "reordered") return outcome.reordered;
  if (name == "stuck") return outcome.stuck;
  return std::nullopt;
}

bool term_matches(std::string_view pattern, std::string_view term, const Outcome& outcome,
                  std::string_view word_name) {
  const auto name = term.substr(0, term.find(' '));
  auto rest = trim(term.substr(name.size()));
  char comparison = '=';
  if (rest.starts_with('=') || rest.starts_with('<') || rest.starts_with('>')) {
    comparison = rest.front();
    rest = trim(rest.substr(1));
  }
  long number = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  const auto value = field(name, outcome, word_name);
  if (error != std::errc{} || end != rest.data() + rest.size()) refuse(pattern, term);
  if (!value) {
    if (name == word_name) return false;
    refuse(pattern, term);
  }
  switch (comparison) {
    case '<':
      return *value < number;
    case '>':
      return *value > number;
    default:
      return *value == number;
  }
}

}  // namespace

std::string to_string(const Outcome& outcome, std::string_view word_name) {
  std::string text;
  if (outcome.word) text = fmt::format("{} = {}, ", word_name, *outcome.word);
  text += fmt::format("lost {}, duplicated {}, torn {}", outcome.lost, outcome.duplicated,
                      outcome.torn);
  if (outcome.reordered != 0) text += fmt::format(", reordered {}", outcome.reordered);
  if (outcome.stuck != 0) text += fmt::format(", stuck {}", outcome.stuck);
  return text;
}

std::string_view name_of(Grade grade) {
  switch (grade) {
    case Grade::acceptable:
      return "acceptable";
    case Grade::interesting:
      return "interesting";
    case Grade::forbidden:
      return "forbidden";
  }
  return "?";
}

bool matches(std::string_view pattern, const Outcome& outcome, std::string_view word_name) {
  bool all = true;
  for (std::string_view rest = pattern; !rest.empty();) {
    const auto comma = rest.find(',');
    // Every term is read, also behind one that fails, so that a bad pattern never hides.
    all &= term_matches(pattern, trim(rest.substr(0, comma)), outcome, word_name);
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
  }
  return all;
}

}  // namespace minusone
