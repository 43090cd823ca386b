#include "stress/fibers/shared_memory.h"

#include <algorithm>
#include <cstring>

#include "stress/instrument/heap_block.h"

namespace minusone {

namespace {

constexpr std::size_t load_heap_bytes = 1024 * 1024;

SharedRange range_of(std::span<std::byte> memory) {
  return {reinterpret_cast<std::uintptr_t>(memory.data()), memory.size()};
}

}  // namespace

SharedMemory::SharedMemory(bool processes, std::size_t max_memory, Runtime& runtime)
    : runtime_(runtime),
      has_heap_(!processes),
      max_memory_(max_memory),
      heaps_(max_agents * max_memory + load_heap_bytes),
      heap_index_(heaps_.bytes().size() / heap_granule * sizeof(std::uint32_t)) {
  const SharedRange all = range_of(heaps_.bytes());
  runtime_.heaps = {all.base, all.bytes, max_memory,
                    reinterpret_cast<std::uint32_t*>(heap_index_.bytes().data())};
  const auto loading = heaps_.bytes().subspan(max_agents * max_memory);
  runtime_.load_heap = {loading.data(), loading.data(), loading.data() + loading.size()};
}

void SharedMemory::share(std::span<std::byte> memory, std::span<std::byte> globals) {
  bytes_ = memory;
  runtime_.shared[0] = range_of(memory);
  if (has_heap()) runtime_.shared[1] = range_of(heaps_.bytes());
  runtime_.shared[2] = range_of(globals);
}

bool SharedMemory::contains(std::uint64_t address) const {
  return std::ranges::any_of(runtime_.shared, [address](const SharedRange& range) {
    return address - range.base < range.bytes;
  });
}

std::span<std::byte> SharedMemory::heap_of(int agent) const {
  return heaps_.bytes().subspan(static_cast<std::size_t>(agent) * max_memory_, max_memory_);
}

std::optional<std::size_t> SharedMemory::heap_offset(std::uint64_t address) const {
  if (!has_heap()) return std::nullopt;
  const auto offset = address - reinterpret_cast<std::uint64_t>(heaps_.bytes().data());
  return offset < heaps_.bytes().size() ? std::optional(offset) : std::nullopt;
}

void SharedMemory::remember() {
  start_.assign(bytes_.begin(), bytes_.end());
  written_.clear();
}

void SharedMemory::restore() {
  const auto low = reinterpret_cast<std::uint64_t>(bytes_.data());
  for (const Written& range : written_) {
    const std::uint64_t offset = range.address - low;
    if (offset < bytes_.size()) {
      const std::size_t bytes = std::min<std::size_t>(range.bytes, bytes_.size() - offset);
      std::memcpy(bytes_.data() + offset, start_.data() + offset, bytes);
    }
  }
  written_.clear();
}

void SharedMemory::note_block(std::uint64_t address, std::uint64_t bytes) {
  const std::uint64_t offset = address - reinterpret_cast<std::uint64_t>(bytes_.data());
  if (offset >= bytes_.size() || bytes == 0) return;
  has_block_.resize(bytes_.size() / block_bytes + 1);
  const std::size_t last = std::min(offset + bytes, std::uint64_t{bytes_.size()}) - 1;
  for (std::size_t block = offset / block_bytes; block <= last / block_bytes; ++block) {
    if (has_block_[block]) continue;
    has_block_[block] = true;
    blocks_.push_back(block);
  }
}

// A sum over those that differ, so that it does not matter which are looked at.
Fingerprint SharedMemory::changes() const {
  Fingerprint all;
  for (const std::size_t block : blocks_) {
    const auto now = block_of(bytes_, block);
    const auto start = block_of(start_, block);
    if (std::memcmp(now.data(), start.data(), now.size()) == 0) continue;
    const Fingerprint one = fingerprint_of(now, block);
    all.low += one.low;
    all.high += one.high;
  }
  return all;
}

void SharedMemory::note_written(const Step& step) {
  for (int i = 0; i < step.count; ++i) {
    const Access& access = step.accesses[static_cast<std::size_t>(i)];
    if (!access.writes || access.address >= nowhere) continue;
    if (notes_blocks_) note_block(access.address, access.bytes);
    if (!written_.empty() && written_.back().address == access.address &&
        written_.back().bytes == access.bytes) {
      continue;
    }
    written_.push_back({access.address, access.bytes});
  }
}

}  // namespace minusone
