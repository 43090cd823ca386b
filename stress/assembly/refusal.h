#pragma once

#include <string>
#include <vector>

#include "stress/assembly/text.h"

namespace minusone::assembly {

/// An instruction that may touch memory and is no step.
struct Unseen {
  Block where;
  std::string instruction;
  std::string why{};
};

/// Why a source with these is not explored, in one sentence. @pre there is one
std::string refusal(const std::vector<Unseen>& unseen);

}  // namespace minusone::assembly
