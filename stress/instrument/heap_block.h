#pragma once

#include <cstddef>
#include <cstdint>

#include "stress/instrument/announcement.h"

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
  const void* freed_pc = nullptr;  ///< of the call that freed it
  std::int32_t agent = -1;         ///< who allocated it; -1: a constructor before main()
  std::int32_t freed_by = -1;

  std::uintptr_t start() const { return reinterpret_cast<std::uintptr_t>(this + 1); }
};
static_assert(sizeof(HeapBlock) % 16 == 0, "memory behind it is aligned as malloc()'s");

/// Of an announced fill (d): it is what free() does to a block that others may see.
inline constexpr std::uint64_t freeing = 1;

/// Blocks begin at multiples of this, so an entry for each is enough to find them (Heaps::index):
/// how far the block that covers it began before, in granules, and one more; 0: none does.
inline constexpr std::uintptr_t heap_granule = 16;

/// Enters a block of so many bytes, at least one. @pre lies in the heaps
inline void enter_block(const Heaps& heaps, std::uintptr_t start, std::size_t bytes) {
  std::uint32_t* const first = heaps.index + (start - heaps.base) / heap_granule;
  const std::size_t granules = bytes == 0 ? 1 : (bytes + heap_granule - 1) / heap_granule;
  for (std::size_t i = 0; i < granules; ++i) first[i] = static_cast<std::uint32_t>(i + 1);
}

/// Leaves out all blocks of a part of the heaps.
inline void forget_blocks(const Heaps& heaps, const std::byte* from, const std::byte* to) {
  const auto low = reinterpret_cast<std::uintptr_t>(from) - heaps.base;
  const auto high = reinterpret_cast<std::uintptr_t>(to) - heaps.base;
  for (auto at = low / heap_granule; at * heap_granule < high; ++at) heaps.index[at] = 0;
}

/// The block whose memory an address lies in, or behind whose last bytes up to a granule's end;
/// null: none. @pre lies in the heaps
inline HeapBlock* block_at(const Heaps& heaps, std::uintptr_t address) {
  const std::uintptr_t granule = (address - heaps.base) / heap_granule;
  const std::uint32_t back = heaps.index[granule];
  if (back == 0) return nullptr;
  return reinterpret_cast<HeapBlock*>(heaps.base + (granule - back + 1) * heap_granule) - 1;
}

/// Whether all bytes lie in one block that is in use. @pre the first lies in the heaps
inline bool is_allocated(const Heaps& heaps, std::uintptr_t address, std::size_t bytes) {
  const HeapBlock* const block = block_at(heaps, address);
  if (block == nullptr || block->state != HeapBlock::in_use) return false;
  const std::size_t offset = address - block->start();
  return offset <= block->bytes && bytes <= block->bytes - offset;
}

}  // namespace minusone
