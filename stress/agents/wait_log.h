#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "stress/agents/step.h"
#include "stress/instrument/announcement.h"

namespace minusone {

/// What an agent was like each time that it announced a step which only read, since it last had an
/// effect. Coming back to one of them means: the steps since then are a round of a wait loop, and
/// as long as what they read does not change the agent would go round for ever.
///
/// The prototype hashed the stack; this compares it, so two different states are never mixed up.
class WaitLog {
 public:
  /// Rounds of more reads, and stacks deeper than this, are not recognised (the verdict is then
  /// bounded by the step limit).
  static constexpr int most_reads = 16;
  static constexpr std::size_t most_stack = 4096;

  struct Read {
    Step step;
    std::array<std::uint64_t, 6> announced{};  ///< code, a to e
    const void* pc = nullptr;
    std::uint64_t* stack = nullptr;
    std::byte* heap_next = nullptr;
    std::size_t bytes = 0;  ///< of stack, at `saved` in copies_
    std::size_t saved = 0;
    std::uint64_t seen = 0;  ///< digest of what the step read
  };

  void clear() { count_ = 0; }
  int count() const { return count_; }
  const Read& last() const { return reads_[static_cast<std::size_t>(count_ - 1)]; }
  const Read& at(int i) const { return reads_[static_cast<std::size_t>(i)]; }

  /// Takes down the agent's state before the step that it has announced.
  void add(const Context& agent, const Step& step);
  /// After it: what it read.
  void saw(std::uint64_t digest);
  /// The oldest entry with the state that the agent is in now, or -1.
  int find(const Context& agent) const;
  /// Puts the agent back to the state of the last entry and drops that entry.
  Read undo(Context& agent);

 private:
  std::array<Read, most_reads> reads_;
  std::vector<std::byte> copies_ = std::vector<std::byte>(most_reads * most_stack);
  int count_ = 0;
};

}  // namespace minusone
