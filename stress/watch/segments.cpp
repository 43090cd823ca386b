#include "stress/watch/segments.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>

#include "stress/watch/sync_objects.h"

namespace minusone::watch {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr std::uint64_t page = 4096;

char* at(Arena& arena, std::uint64_t byte) { return reinterpret_cast<char*>(&arena) + byte; }

std::atomic<std::uint32_t>* sync_indices(Arena& arena, const Extent& extent) {
  return reinterpret_cast<std::atomic<std::uint32_t>*>(
      at(arena, extent.shadow + extent.size / Granule::bytes * sizeof(Granule)));
}

bool is_held(const Extent& extent) {
  for (const auto& word : extent.holders) {
    if (word.load() != 0) return true;
  }
  return false;
}

/// Processes that were killed let nothing go themselves.
void drop_dead_holders(Arena& arena, Extent& extent) {
  for (unsigned i = 0; i < Arena::most_processes; ++i) {
    auto& word = extent.holders[i / 64];
    const auto bit = std::uint64_t{1} << i % 64;
    if ((word.load() & bit) != 0 && living_since(arena.processes[i].pid.load()) == 0)
      word.fetch_and(~bit);
  }
}

/// Calls `use` for each index that is not 0. Pages that nobody wrote to are left alone: to read one
/// in a shared mapping would make it.
template <class Use>
void for_each_sync(Arena& arena, const Extent& extent, const Use& use) {
  constexpr std::uint64_t per_page = page / sizeof(std::uint32_t);
  auto* const indices = sync_indices(arena, extent);
  const std::uint64_t all = extent.size / Granule::bytes;
  const auto skewed = reinterpret_cast<std::uintptr_t>(indices) % page / sizeof(std::uint32_t);
  for (std::uint64_t i = 0; i < all;) {
    const std::uint64_t next = i == 0 ? per_page - skewed : i + per_page;
    const auto address = reinterpret_cast<std::uintptr_t>(indices + i) & ~(page - 1);
    unsigned char is_there = 1;
    syscall(SYS_mincore, address, page, &is_there);
    for (; (is_there & 1) != 0 && i < next && i < all; ++i) {
      if (const auto index = indices[i].load(relaxed)) use(index - 1);
    }
    i = next;
  }
}

void give_back(Arena& arena, Extent& extent) {
  for_each_sync(arena, extent, [&](std::uint32_t number) { give_back_sync(arena, number); });
  const auto size = shadow_size(extent.size);
  syscall(SYS_madvise, at(arena, extent.shadow), size, MADV_REMOVE);
  const unsigned free = arena.ranges_free.load();
  if (free < Arena::most_extents) {
    arena.free_shadow[free] = {extent.shadow, size};
    arena.ranges_free.store(free + 1);
  }
  extent.is_used.store(0);
}

/// 0: there is none.
std::uint64_t take_shadow(Arena& arena, std::uint64_t bytes) {
  const unsigned free = arena.ranges_free.load();
  for (unsigned i = 0; i < free; ++i) {
    auto& range = arena.free_shadow[i];
    if (range.size != bytes) continue;
    const auto found = range.at;
    range = arena.free_shadow[free - 1];
    arena.ranges_free.store(free - 1);
    return found;
  }
  if (arena.shadow_top.load() == 0) arena.shadow_top.store(shadows);
  const auto found = arena.shadow_top.load();
  if (bytes > Arena::size - found) return 0;
  arena.shadow_top.store(found + bytes);
  return found;
}

}  // namespace

void Segments::begin(Arena& arena, unsigned process) noexcept {
  arena_ = &arena;
  process_ = process;
}

void Segments::is_now_of(unsigned process) noexcept {
  process_ = process;
  for (unsigned i = 0; i < used_; ++i) {
    if (pieces_[i].size.load(relaxed) != 0) hold(pieces_[i].extent);
  }
}

void Segments::hold(unsigned extent) noexcept {
  arena_->extents[extent].holders[process_ / 64].fetch_or(std::uint64_t{1} << process_ % 64);
}

void Segments::let_go(unsigned extent) noexcept {
  for (unsigned i = 0; i < used_; ++i) {
    if (pieces_[i].size.load(relaxed) != 0 && pieces_[i].extent == extent) return;
  }
  Extent& its = arena_->extents[extent];
  its.holders[process_ / 64].fetch_and(~(std::uint64_t{1} << process_ % 64));
  // Nobody finds memory again that has no name, once all who had it are gone.
  if (its.identity.kind != Kind::anonymous) return;
  const RobustGuard guard(arena_->segments_lock);
  if (its.is_used.load() != 0 && !is_held(its)) give_back(*arena_, its);
}

void Segments::attach(std::uintptr_t address, std::size_t size, const Identity& identity,
                      std::uint64_t offset, const char* name) noexcept {
  detach(address, size);
  size = (size + page - 1) & ~(page - 1);
  const RobustGuard guard(arena_->segments_lock);
  for (std::uint64_t done = 0; done < size;) {
    const std::uint64_t byte = offset + done;
    std::uint64_t next = offset + size;  // where an extent of it begins
    unsigned found = Arena::most_extents, unused = Arena::most_extents;
    for (unsigned i = 0; i < Arena::most_extents; ++i) {
      const Extent& extent = arena_->extents[i];
      if (extent.is_used.load() == 0) {
        if (unused == Arena::most_extents) unused = i;
      } else if (extent.identity == identity) {
        if (byte >= extent.first && byte < extent.first + extent.size) found = i;
        if (extent.first > byte && extent.first < next) next = extent.first;
      }
    }
    if (found == Arena::most_extents && unused != Arena::most_extents) {
      Extent& extent = arena_->extents[unused];
      extent.identity = identity;
      std::snprintf(extent.name, sizeof extent.name, "%s", name);
      extent.first = byte;
      extent.size = next - byte;
      extent.shadow = take_shadow(*arena_, shadow_size(extent.size));
      if (extent.shadow != 0) {
        for (auto& word : extent.holders) word.store(0);
        extent.is_used.store(1);
        found = unused;
      }
    }
    if (found == Arena::most_extents) {
      arena_->unwatched.fetch_add(1);
      return;
    }
    const Extent& extent = arena_->extents[found];
    const std::uint64_t first = byte - extent.first;
    const std::uint64_t bytes =
        extent.size - first < size - done ? extent.size - first : size - done;
    add(address + done, bytes, found, first);
    done += bytes;
  }
}

void Segments::add(std::uintptr_t address, std::size_t size, unsigned extent,
                   std::uint64_t first) noexcept {
  unsigned i = 0;
  while (i < used_ && pieces_[i].size.load(relaxed) != 0) ++i;
  if (i == most_pieces) {
    arena_->unwatched.fetch_add(1);
    return;
  }
  Piece& piece = pieces_[i];
  piece.address = address;
  piece.extent = extent;
  piece.first = first;
  piece.granules = reinterpret_cast<Granule*>(at(*arena_, arena_->extents[extent].shadow)) +
                   first / Granule::bytes;
  piece.size.store(size, std::memory_order_release);
  if (i == used_) ++used_;
  hold(extent);
  set_bounds();
}

void Segments::detach(std::uintptr_t address, std::size_t size) noexcept {
  const std::uintptr_t end = (address + size + page - 1) & ~(page - 1);
  const unsigned used = used_;
  for (unsigned i = 0; i < used; ++i) {
    Piece& piece = pieces_[i];
    const std::size_t its = piece.size.load(relaxed);
    const std::uintptr_t its_end = piece.address + its;
    if (its == 0 || piece.address >= end || its_end <= address) continue;
    const std::uintptr_t begin = piece.address;
    const unsigned extent = piece.extent;
    const std::uint64_t first = piece.first;
    piece.size.store(0, std::memory_order_release);
    if (begin < address) add(begin, address - begin, extent, first);
    if (its_end > end) add(end, its_end - end, extent, first + (end - begin));
    let_go(extent);
  }
  set_bounds();
}

std::size_t Segments::attached_at(std::uintptr_t address) const noexcept {
  std::size_t size = 0;
  const Extent* before = nullptr;
  std::uint64_t next = 0;
  // What was attached at once may be several extents, one behind the other.
  for (bool more = true; more;) {
    more = false;
    for (unsigned i = 0; i < used_; ++i) {
      const Piece& piece = pieces_[i];
      const std::size_t its = piece.size.load(relaxed);
      if (its == 0 || piece.address != address + size) continue;
      const Extent& extent = arena_->extents[piece.extent];
      if (before != nullptr &&
          !(before->identity == extent.identity && extent.first + piece.first == next))
        continue;
      before = &extent;
      next = extent.first + piece.first + its;
      size += its;
      more = true;
    }
  }
  return size;
}

void Segments::set_bounds() noexcept {
  std::uintptr_t lowest = ~std::uintptr_t{0}, highest = 0;
  for (unsigned i = 0; i < used_; ++i) {
    const std::size_t size = pieces_[i].size.load(relaxed);
    if (size == 0) continue;
    if (pieces_[i].address < lowest) lowest = pieces_[i].address;
    if (pieces_[i].address + size > highest) highest = pieces_[i].address + size;
  }
  lowest_ = highest == 0 ? 0 : lowest;
  span_ = highest == 0 ? 0 : highest - lowest;
}

Place Segments::find(std::uintptr_t address) const noexcept {
  for (unsigned i = 0; i < used_; ++i) {
    const Piece& piece = pieces_[i];
    const std::size_t size = piece.size.load(std::memory_order_acquire);
    if (address - piece.address >= size) continue;
    Extent& extent = arena_->extents[piece.extent];
    const std::uint64_t byte = piece.first + (address - piece.address);
    return {piece.granules + (address - piece.address) / Granule::bytes,
            sync_indices(*arena_, extent) + byte / Granule::bytes, piece.extent,
            extent.first + byte, size - (address - piece.address)};
  }
  return {};
}

void Segments::forget(Arena& arena, const Identity& identity) noexcept {
  const RobustGuard guard(arena.segments_lock);
  for (auto& extent : arena.extents) {
    if (extent.is_used.load() == 0 || !(extent.identity == identity)) continue;
    drop_dead_holders(arena, extent);
    if (!is_held(extent)) give_back(arena, extent);
  }
}

}  // namespace minusone::watch
