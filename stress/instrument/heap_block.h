#pragma once

#include <cstddef>
#include <cstdint>

namespace minusone {

/// What stands before each piece of memory that malloc() or new handed to an agent. An agent's
/// blocks form a list, youngest first, from Context::last_block.
struct HeapBlock {
  static constexpr std::uint64_t in_use = 0x6d696e7573'6f6e65;  // "minusone"
  static constexpr std::uint64_t freed = ~in_use;

  HeapBlock* previous = nullptr;
  const void* pc = nullptr;  ///< return address of the call that allocated it
  std::size_t bytes = 0;
  std::uint64_t state = in_use;
};

}  // namespace minusone
