#pragma once

#include "protocol/verdict.h"

namespace minusone {

/// Puts the lines of the files that the result's steps and races name beside it, as far as they can
/// be read; of a long file what lies around the lines that are named. What is there already stays.
void attach_sources(Result& result);

}  // namespace minusone
