#pragma once

#include <string>
#include <string_view>

#include "protocol/verdict.h"

namespace minusone {

/// How a terminal wants its text.
struct Style {
  bool color = false;
  int width = 100;
};

/// One result on one screen: verdict with its assurance, the table of outcomes with grade, count
/// and sentence, the properties that were broken with the shortest history, throughput, and how to
/// repeat the run. Marks carry more than colour.
std::string to_terminal(const Result& result, std::string_view repeat, Style style);

/// Control characters shown as text (\x1b), so that nothing in a name or a message reaches the
/// "1 reader", "2 readers".
std::string counted(std::int64_t count, std::string_view what);

/// terminal as a command.
std::string printable(std::string_view text);

}  // namespace minusone
