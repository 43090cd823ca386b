#include "stress/assembly/text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>

namespace minusone::assembly {
namespace {

constexpr std::string_view spaces = " \t\r\f\v";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(spaces);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(spaces) - first + 1);
}

std::string lower(std::string_view text) {
  std::string all(text);
  std::ranges::transform(all, all.begin(), [](unsigned char c) { return std::tolower(c); });
  return all;
}

/// Takes the first word off.
std::string_view word_of(std::string_view& text) {
  text = trimmed(text);
  const auto word = text.substr(0, text.find_first_of(spaces));
  text = trimmed(text.substr(word.size()));
  return word;
}

bool is_symbol(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '$';
  });
}

bool is_prefix(std::string_view word) {
  static constexpr std::array known{"lock", "rep", "repe", "repz", "repne", "repnz"};
  return std::ranges::find(known, word) != known.end();
}

/// The parts between a character, where that stands outside of strings and parentheses.
std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && (text[i] == '(' || text[i] == ')')) {
      depth += text[i] == '(' ? 1 : -1;
    } else if (!quoted && depth <= 0 && text[i] == at) {
      parts.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  parts.push_back(text.substr(begin));
  return parts;
}

/// Without what stands behind '#'; comments in the form of C's are taken out where they end on the
/// same line, and else left: what holds one is no statement that anybody knows.
std::string without_comments(std::string_view line) {
  std::string text(line);
  for (auto at = text.find("/*"); at != text.npos; at = text.find("/*")) {
    const auto end = text.find("*/", at + 2);
    if (end == text.npos) break;
    text.replace(at, end + 2 - at, " ");
  }
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && text[i] == '#') {
      text.resize(i);
    }
  }
  return text;
}

/// The strings of a line: `1 "directory" "file.c"`.
std::vector<std::string> strings_of(std::string_view text) {
  std::vector<std::string> found;
  for (std::size_t i = text.find('"'); i != text.npos; i = text.find('"', i + 1)) {
    std::string one;
    for (++i; i < text.size() && text[i] != '"'; ++i) {
      if (text[i] == '\\') ++i;
      if (i < text.size()) one += text[i];
    }
    found.push_back(std::move(one));
  }
  return found;
}

int number(std::string_view text) {
  int value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

class Reader {
 public:
  Text take(std::string_view file) {
    while (!file.empty()) {
      const auto line = file.substr(0, file.find('\n'));
      file.remove_prefix(std::min(file.size(), line.size() + 1));
      take_line(line);
    }
    return std::move(text_);
  }

 private:
  void take_line(std::string_view line) {
    const auto bare = trimmed(line);
    if (bare == "#APP" || bare == "# Start of file scope inline assembly") {
      inside_ = true;
      if (bare != "#APP") begin({});
      block_ = bare == "#APP" ? -1 : block_;
    } else if (bare == "#NO_APP" || bare == "# End of file scope inline assembly") {
      inside_ = false;
      block_ = -1;
    } else if (inside_ && take_marker(bare)) {
      return keep(line);
    } else if (inside_ && !is_compilers(bare)) {
      if (block_ < 0) begin(in_function_ ? Block{text_.files[file_], line_} : Block{});
      return take_block_line(line);
    }
    Statement statement = parse(without_comments(line));
    note(statement, bare);
    text_.lines.push_back({std::string(line), std::move(statement), -1, file_, line_});
  }

  void keep(std::string_view line) { text_.lines.push_back({std::string(line), {}}); }

  void begin(Block block) {
    block_ = static_cast<int>(text_.blocks.size());
    text_.blocks.push_back(std::move(block));
  }

  /// GCC's: `# 67 "ck_pr.h" 1` before a block, `# 0 "" 2` behind it.
  bool take_marker(std::string_view bare) {
    if (!bare.starts_with("# ") || (!bare.ends_with('1') && !bare.ends_with('2'))) return false;
    const auto names = strings_of(bare);
    const int line = number(bare.substr(2));
    if (names.size() != 1 || line < 0) return false;
    block_ = -1;
    if (line > 0) begin({names[0], line});
    return true;
  }

  /// What GCC writes between two blocks.
  bool is_compilers(std::string_view bare) const {
    return block_ < 0 && (bare.empty() || bare.starts_with(".loc ") || bare.starts_with(".LVL") ||
                          bare.starts_with(".LB") || bare.starts_with("#"));
  }

  void take_block_line(std::string_view line) {
    const std::string code = without_comments(line);
    for (const auto piece : split(code, ';')) {
      Statement statement = parse(piece);
      // A prefix may stand alone, before the instruction that it belongs to.
      if (!pending_.empty()) {
        statement.prefix = statement.prefix.empty() ? pending_ : pending_ + " " + statement.prefix;
        pending_.clear();
      }
      if (statement.mnemonic.empty() && !statement.prefix.empty()) {
        pending_ = std::exchange(statement.prefix, {});
      }
      if (statement.mnemonic.empty() && statement.labels.empty()) continue;
      std::string text;
      for (const auto& label : statement.labels) text += label + ":";
      text += "\t" + statement.text();
      text_.lines.push_back({std::move(text), std::move(statement), block_, file_, line_});
    }
  }

  /// What the compiler's own lines say of where its code comes from.
  void note(const Statement& statement, std::string_view bare) {
    if (statement.mnemonic == ".file" && !statement.operands.empty()) {
      const auto names = strings_of(bare);
      const int index = number(statement.operands[0]);
      if (index < 0 || names.empty()) return;
      const bool has_folder = names.size() > 1 && !names[1].starts_with('/');
      text_.files[index] = has_folder ? names[0] + "/" + names[1] : names.back();
    } else if (statement.mnemonic == ".loc" && !statement.operands.empty()) {
      auto rest = std::string_view(statement.operands[0]);
      file_ = number(word_of(rest));
      line_ = number(word_of(rest));
    } else if (statement.mnemonic == ".cfi_startproc") {
      in_function_ = true;
    } else if (statement.mnemonic == ".cfi_endproc") {
      in_function_ = false;
    }
  }

  Text text_;
  int file_ = 0;
  int line_ = 0;
  std::string pending_;
  int block_ = -1;
  bool inside_ = false;
  bool in_function_ = false;
};

}  // namespace

std::string Statement::text() const {
  std::string all = prefix;
  if (!prefix.empty()) all += ' ';
  all += mnemonic;
  for (std::size_t i = 0; i < operands.size(); ++i) all += (i == 0 ? " " : ", ") + operands[i];
  return all;
}

Statement parse(std::string_view text) {
  Statement statement;
  text = trimmed(text);
  for (auto colon = text.find(':'); colon != text.npos && is_symbol(text.substr(0, colon));
       colon = text.find(':')) {
    statement.labels.emplace_back(text.substr(0, colon));
    text = trimmed(text.substr(colon + 1));
  }
  auto word = word_of(text);
  while (is_prefix(lower(word))) {
    statement.prefix += (statement.prefix.empty() ? "" : " ") + lower(word);
    word = word_of(text);
  }
  statement.mnemonic = lower(word);
  if (text.empty()) return statement;
  for (const auto operand : split(text, ',')) statement.operands.emplace_back(trimmed(operand));
  return statement;
}

bool Text::has_own_code() const {
  return !blocks.empty() || std::ranges::any_of(lines, [](const Line& line) {
    return line.statement.mnemonic.starts_with("rdtsc");
  });
}

Text read(std::string_view file) { return Reader().take(file); }

}  // namespace minusone::assembly
