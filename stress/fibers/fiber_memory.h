#pragma once

#include <cstddef>
#include <span>

#include "stress/instrument/announcement.h"
#include "stress/machine/max_agents.h"

namespace minusone {

/// A stack for each agent, all at equal distances, each with a page below it that faults.
class AgentStacks {
 public:
  static constexpr std::size_t bytes = std::size_t{8} << 20;  ///< as Linux gives a thread
  static constexpr std::size_t stride = bytes + 4096;

  AgentStacks();
  ~AgentStacks();
  AgentStacks(const AgentStacks&) = delete;
  AgentStacks& operator=(const AgentStacks&) = delete;

  std::byte* low(int agent) const { return high(agent) - bytes; }
  std::byte* high(int agent) const {
    return memory_ + stride * static_cast<std::size_t>(agent + 1);
  }
  std::span<std::byte> all() const { return {memory_, stride * max_agents}; }

 private:
  std::byte* memory_;
};

/// How far from where its code has it an agent's stack lies for the machine: a forked process's
/// code has it where its program's lies.
constexpr std::ptrdiff_t moved_by(const Context& context) {
  return static_cast<std::ptrdiff_t>(AgentStacks::stride) * (context.id - context.program);
}

/// Memory that agents share, between pages that fault. Starts at zero.
class SharedArena {
 public:
  explicit SharedArena(std::size_t bytes, std::size_t alignment = 64);
  ~SharedArena();
  SharedArena(const SharedArena&) = delete;
  SharedArena& operator=(const SharedArena&) = delete;

  std::span<std::byte> bytes() const { return bytes_; }

 private:
  std::byte* memory_;
  std::size_t mapped_;
  std::span<std::byte> bytes_;
};

/// One piece of memory at several places, between pages that fault. Starts at zero.
class SharedViews {
 public:
  SharedViews(std::size_t bytes, int views);
  ~SharedViews();
  SharedViews(const SharedViews&) = delete;
  SharedViews& operator=(const SharedViews&) = delete;

  std::span<std::byte> view(int number) const {
    return {memory_ + stride_ * static_cast<std::size_t>(number), bytes_};
  }
  /// Where a byte that has an address in any of the views lies in view 0; any other as it is.
  std::uint64_t in_first(std::uint64_t address) const {
    const auto offset = address - reinterpret_cast<std::uint64_t>(memory_);
    return offset < mapped_ ? address - offset / stride_ * stride_ : address;
  }

 private:
  std::byte* memory_;
  std::size_t bytes_, stride_, mapped_;
};

}  // namespace minusone
