#include "stress/report/text.h"

#include <fmt/format.h>

namespace minusone {
namespace {

struct Character {
  char32_t code = 0;
  std::size_t bytes = 0;  ///< 0: no valid UTF-8 begins here
};

/// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
Character decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (bytes == 0 || first > 0xf4 || text.size() < bytes) return {};
  char32_t code = first & (0x7f >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3f);
  }
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < least[bytes] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return {};
  return {code, bytes};
}

/// Moves the cursor, ends the line or turns the direction of writing.
bool commands(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || c == 0x200e || c == 0x200f ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
         c >= 0xe0000 || c == 0xfffe || c == 0xffff;
}

bool is_between(char32_t c, std::initializer_list<std::pair<char32_t, char32_t>> ranges) {
  for (const auto& [low, high] : ranges) {
    if (c >= low && c <= high) return true;
  }
  return false;
}

/// As East Asian Width (UAX 11) has it, without the characters that are wide in some places only.
std::size_t width_of(char32_t c) {
  if (is_between(c, {{0x300, 0x36f}, {0x200b, 0x200d}, {0xfe00, 0xfe0f}})) return 0;
  return is_between(c, {{0x1100, 0x115f},
                        {0x2e80, 0xa4cf},
                        {0xac00, 0xd7a3},
                        {0xf900, 0xfaff},
                        {0xfe30, 0xfe4f},
                        {0xff00, 0xff60},
                        {0x1f300, 0x1faff},
                        {0x20000, 0x3fffd}})
             ? 2
             : 1;
}

std::string shown(std::string_view text, bool ascii) {
  std::string result;
  while (!text.empty()) {
    const Character c = decode(text);
    if (c.bytes == 0 || (c.bytes == 1 && commands(c.code)))
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
    else if (commands(c.code) || (ascii && c.bytes > 1))
      result += fmt::format("\\u{{{:x}}}", static_cast<std::uint32_t>(c.code));
    else
      result += text.substr(0, c.bytes);
    text.remove_prefix(c.bytes == 0 ? 1 : c.bytes);
  }
  return result;
}

/// The bytes that fit into `width` columns.
std::string_view fitting(std::string_view text, std::size_t width) {
  std::size_t bytes = 0, taken = 0;
  while (bytes < text.size()) {
    const Character c = decode(text.substr(bytes));
    taken += width_of(c.code);
    if (taken > width) break;
    bytes += c.bytes == 0 ? 1 : c.bytes;
  }
  return text.substr(0, bytes);
}

constexpr std::string_view plain =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_";

/// Words, each as it is or as in_shell() has it, in which a shell finds nothing to do.
bool is_harmless(std::string_view text) {
  bool quoted = false;
  for (; !text.empty(); text.remove_prefix(1)) {
    if (text.front() == '\'') {
      quoted = !quoted;
    } else if (!quoted && text.starts_with("\\'")) {
      text.remove_prefix(1);
    } else if (!quoted && text.front() != ' ' && plain.find(text.front()) == plain.npos) {
      return false;
    }
  }
  return !quoted;
}

/// Words of others as they are, where they are words.
std::string as_words(std::string_view text) {
  auto all = printable(text);
  return is_harmless(all) ? all : in_shell(all);
}

}  // namespace

std::string printable(std::string_view text) { return shown(text, false); }
std::string printable_ascii(std::string_view text) { return shown(text, true); }

std::size_t columns(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Character c = decode(text);
    width += width_of(c.code);
    text.remove_prefix(c.bytes == 0 ? 1 : c.bytes);
  }
  return width;
}

std::string cut(std::string_view text, std::size_t width) {
  if (columns(text) <= width) return std::string(text);
  if (width < 4) return std::string(fitting(text, width));
  return std::string(fitting(text, width - 3)) + "...";
}

std::string padded(std::string_view text, std::size_t width) {
  auto result = cut(text, width);
  result.append(width - std::min(width, columns(result)), ' ');
  return result;
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines{""};
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = cut(text.substr(0, end), width);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!lines.back().empty() && columns(lines.back()) + 1 + columns(word) > width)
      lines.emplace_back();
    lines.back() += (lines.back().empty() ? "" : " ") + word;
  }
  return lines;
}

std::string in_shell(std::string_view word) {
  if (!word.empty() && word.find_first_not_of(plain) == word.npos) return std::string(word);
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string replay_command(std::string_view name, std::string_view schedule) {
  return "minusone replay " + as_words(name) + " " + as_words(schedule);
}

}  // namespace minusone
