#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "stress/machine/step.h"

namespace minusone {

/// Finds what the instrumentation missed, by comparing all of the shared memory around each step.
/// Slow.
class Audit {
 public:
  explicit Audit(std::span<const std::byte> memory) : memory_(memory) {}

  /// Before a step.
  void begin() { before_.assign(memory_.begin(), memory_.end()); }
  /// After it: a byte, by its place in the memory, that changed without being written by `step`.
  std::optional<std::size_t> unannounced_change(const Step& step) const;

 private:
  std::span<const std::byte> memory_;
  std::vector<std::byte> before_;
};

}  // namespace minusone
