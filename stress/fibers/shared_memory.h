#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "stress/fibers/fiber_memory.h"
#include "stress/instrument/announcement.h"
#include "stress/machine/fingerprint.h"
#include "stress/machine/machine.h"
#include "stress/machine/step.h"

namespace minusone {

/// The memory whose accesses are steps: a segment, or the globals of a program of threads; and the
/// heap that threads share, a part each. An execution finds it as remember() did.
class SharedMemory {
 public:
  /// @param max_memory  bytes that each agent may allocate
  /// @param runtime     told what is shared, and where constructors allocate; outlives this
  SharedMemory(bool processes, std::size_t max_memory, Runtime& runtime);

  /// @param globals  also shared, and not put back by restore()
  void share(std::span<std::byte> memory, std::span<std::byte> globals);
  std::span<std::byte> bytes() const { return bytes_; }
  bool contains(std::uint64_t address) const;

  /// Whether agents are threads, which share their heap.
  bool has_heap() const { return has_heap_; }
  /// Where an agent allocates.
  std::span<std::byte> heap_of(int agent) const;
  /// Where an address lies in the heap, from its start; nothing elsewhere.
  std::optional<std::size_t> heap_offset(std::uint64_t address) const;

  void remember();
  void restore();

  /// From the next restore() on takes down which blocks of bytes() steps write to, for changes().
  void notes_blocks(bool on) { notes_blocks_ = on; }
  /// How bytes() differ from what remember() found: the same for the same bytes.
  /// @pre notes_blocks() since remember(), and nothing but steps writes to them
  Fingerprint changes() const;
  /// restore() has to put back what the step writes.
  void note_written(const Step& step);
  std::size_t written() const { return written_.size(); }
  /// Takes note_written() back. @param written  as many as there were
  void forget_written(std::size_t written) { written_.resize(written); }

 private:
  void note_block(std::uint64_t address, std::uint64_t bytes);
  std::span<const std::byte> block_of(std::span<const std::byte> memory, std::size_t block) const {
    const std::size_t at = block * block_bytes;
    return memory.subspan(at, std::min(block_bytes, memory.size() - at));
  }

  struct Written {
    std::uint64_t address;
    std::uint64_t bytes;
  };

  Runtime& runtime_;
  const bool has_heap_;
  const std::size_t max_memory_;
  SharedArena heaps_;       ///< a part an agent, then that of constructors
  SharedArena heap_index_;  ///< of their blocks (Heaps)
  std::span<std::byte> bytes_;
  std::vector<std::byte> start_;  ///< of them; a heap starts at zero
  std::vector<Written> written_;
  static constexpr std::size_t block_bytes = 64;
  bool notes_blocks_ = false;
  std::vector<std::size_t> blocks_;  ///< that were written to
  std::vector<bool> has_block_;      ///< by block: whether it is one of these
};

/// Of an agent, unless told otherwise.
inline constexpr std::size_t heap_bytes = StepRules{}.max_memory;

}  // namespace minusone
