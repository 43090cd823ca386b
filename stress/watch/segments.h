#pragma once

#include <cstddef>
#include <cstdint>

#include "stress/watch/arena.h"

/// What memory of a process is shared with others, and where its shadow lies.
namespace minusone::watch {

/// Where an address stands.
struct Place {
  Granule* granule = nullptr;                  ///< none: it is this process's own
  std::atomic<std::uint32_t>* sync = nullptr;  ///< index of its SyncObject + 1, or 0
  unsigned extent = 0;
  std::uint64_t offset = 0;  ///< in its segment
  std::size_t left = 0;      ///< bytes from there to the end of what lies together
};

/// The mapped segments of one process. One thread at a time changes it (under the caller's lock);
/// others may look meanwhile.
class Segments {
 public:
  /// @param process  place of this process among the arena's
  void begin(Arena& arena, unsigned process) noexcept;
  /// The same segments, in a forked child.
  void is_now_of(unsigned process) noexcept;

  /// Takes down that a segment was attached; what lay there is gone.
  /// @param offset  of the segment's byte that lies at `address`
  /// @param name    for who is told of it; cut where it is long
  void attach(std::uintptr_t address, std::size_t size, const Identity& identity,
              std::uint64_t offset, const char* name = "") noexcept;
  /// That a range is no segment's any more.
  void detach(std::uintptr_t address, std::size_t size) noexcept;
  /// Size of what is attached at exactly that address; 0: nothing.
  std::size_t attached_at(std::uintptr_t address) const noexcept;

  bool may_hold(std::uintptr_t address) const { return address - lowest_ < span_; }
  Place find(std::uintptr_t address) const noexcept;
  /// Only the granule of it.
  Granule* granule_of(std::uintptr_t address) const noexcept {
    for (unsigned i = 0; i < used_; ++i) {
      const std::size_t size = pieces_[i].size.load(std::memory_order_acquire);
      const std::uintptr_t byte = address - pieces_[i].address;
      if (byte < size) return pieces_[i].granules + byte / Granule::bytes;
    }
    return nullptr;
  }

  /// That a segment is no more: its shadow goes when nobody has it attached.
  static void forget(Arena& arena, const Identity& identity) noexcept;

 private:
  struct Piece {
    std::uintptr_t address;
    std::atomic<std::size_t> size;  ///< 0: none
    unsigned extent;
    std::uint64_t first;  ///< byte of the extent
    Granule* granules;    ///< of its first byte
  };
  static constexpr unsigned most_pieces = 512;

  void add(std::uintptr_t address, std::size_t size, unsigned extent, std::uint64_t first) noexcept;
  void set_bounds() noexcept;
  void hold(unsigned extent) noexcept;
  void let_go(unsigned extent) noexcept;

  Arena* arena_ = nullptr;
  unsigned process_ = 0;
  std::uintptr_t lowest_ = 0;
  std::size_t span_ = 0;
  unsigned used_ = 0;
  Piece pieces_[most_pieces] = {};
};

/// Bytes of the shadow of a piece of a segment.
constexpr std::uint64_t shadow_size(std::uint64_t bytes) {
  const std::uint64_t granules = bytes / Granule::bytes;
  return (granules * (sizeof(Granule) + sizeof(std::uint32_t)) + 0xfff) & ~std::uint64_t{0xfff};
}

}  // namespace minusone::watch
