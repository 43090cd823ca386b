#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

/// What a compiler wrote as assembly for GNU as (AT&T syntax, x86-64), with the blocks of inline
/// assembly that stand in it.
namespace minusone::assembly {

/// One statement: "1: lock cmpxchgl %edx, (%rcx)".
struct Statement {
  std::vector<std::string> labels;
  std::string prefix;    ///< "lock", "rep"; several are one: "rep lock"
  std::string mnemonic;  ///< of a directive with its dot; empty: labels alone, or nothing
  std::vector<std::string> operands;

  bool is_directive() const { return mnemonic.starts_with('.'); }
  /// As the assembler takes it, without its labels.
  std::string text() const;
};

/// A statement as written, without comments.
Statement parse(std::string_view text);

/// Why instructions are no steps by themselves.
enum class Unhooked {
  block,        ///< inline assembly
  left_out,     ///< the compiler's own, of whose access none of its hooks tells
  out_of_turn,  ///< the same, between a hook and the access that this one tells of
};

/// Where the source has it.
struct Block {
  std::string file;  ///< as the compiler names it; empty: outside of any function, it does not say
  int line = 0;
  Unhooked kind = Unhooked::block;
};

/// A line of the compiler's, or a statement of a block.
struct Line {
  std::string text;  ///< as written
  Statement statement;
  int block = -1;  ///< index of the block that it belongs to; -1: it is the compiler's own
  /// Of the compiler's own: where its code comes from, the file by its number in Text::files.
  int file = 0;
  int source_line = 0;
};

/// A file of assembly.
struct Text {
  std::vector<Line> lines;
  std::vector<Block> blocks;
  std::map<int, std::string> files;

  /// Whether there is anything that is no plain code of the compiler's: a block, or a look at the
  /// time stamp counter.
  bool has_own_code() const;
};

/// Reads what GCC or clang wrote with -S and -g. GCC puts a block between "#APP" and "#NO_APP" with
/// its file and line; clang so too, with the line before it, and one outside of functions between
/// comments of its own.
Text read(std::string_view file);

}  // namespace minusone::assembly
