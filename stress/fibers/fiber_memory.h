#pragma once

#include <cstddef>
#include <span>

#include "stress/machine/max_agents.h"

namespace minusone {

/// A stack for each agent, all at equal distances, each with a page below it that faults.
class AgentStacks {
 public:
  static constexpr std::size_t bytes = 256 * 1024;
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

}  // namespace minusone
