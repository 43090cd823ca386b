#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/verdict.h"
#include "stress/report/text.h"

namespace minusone {

/// How a terminal wants its text.
struct Style {
  bool color = false;
  int width = 100;
  bool utf8 = false;       ///< else what is not ASCII is shown by its number
  bool all_steps = false;  ///< of a counterexample: a row for each, those of libraries too
  bool brief = false;      ///< the verdict, what was seen and one counterexample: no more
};

/// One result on one screen: verdict with assurance and model, the outcomes with grade, count and
/// sentence, the one counterexample that tells most with its cause and its replay, the others a
/// line each, the races, and how to repeat the run. Marks carry more than colour.
std::string to_terminal(const Result& result, std::string_view repeat, Style style);

}  // namespace minusone
