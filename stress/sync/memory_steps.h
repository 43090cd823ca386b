#pragma once

#include <cstring>

#include "stress/instrument/announcement.h"
#include "stress/machine/step.h"

namespace minusone {

/// True for accesses to memory, which need no model of anything but memory.
inline bool is_memory_action(Action action) { return action <= Action::frame_end; }

/// Fills in what the announced access touches. Parts that are private to the agent are left out.
void describe_memory_step(const Context& agent, Step& step);

/// Performs an announced access and leaves its result with the agent. A plain access is left to the
/// compiled code.
void perform_memory_step(Context& agent, Step& step);

/// The value of up to eight bytes at an address; of more bytes, a hash of all of them.
std::uint64_t digest_of_many(std::uint64_t address, std::uint32_t bytes);
inline std::uint64_t digest(std::uint64_t address, std::uint32_t bytes) {
  const auto* const at = reinterpret_cast<const void*>(address);
  if (bytes == 4) {
    std::uint32_t word;
    std::memcpy(&word, at, 4);
    return word;
  }
  if (bytes > 8) return digest_of_many(address, bytes);
  std::uint64_t value = 0;
  std::memcpy(&value, at, bytes);
  return value;
}

}  // namespace minusone
