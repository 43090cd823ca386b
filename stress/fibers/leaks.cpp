// Memory that nobody can free any more, as LeakSanitizer understands it: a block that no word of
// the globals, of the segment, or of another block that can be reached, points into.
#include <cstring>

#include "stress/fibers/fiber_machine.h"
#include "stress/instrument/heap_block.h"

namespace minusone {
namespace {

using Memory = std::span<const std::byte>;

/// Blocks in use, and which of them were reached.
class Blocks {
 public:
  void add(int agent, const HeapBlock* youngest) {
    for (const HeapBlock* block = youngest; block != nullptr; block = block->previous) {
      if (block->state == HeapBlock::in_use) blocks_.push_back({agent, block, false});
    }
  }

  bool empty() const { return blocks_.empty(); }

  /// Marks what the aligned words of a piece of memory point into, and what that points into.
  void reach_from(Memory memory) {
    std::vector<Memory> left{memory};
    while (!left.empty()) {
      const Memory now = left.back();
      left.pop_back();
      const auto low = reinterpret_cast<std::uintptr_t>(now.data());
      for (std::size_t at = -low & 7; at + 8 <= now.size(); at += 8) {
        std::uintptr_t word;
        std::memcpy(&word, now.data() + at, sizeof word);
        for (Block& block : blocks_) {
          const auto* const first = reinterpret_cast<const std::byte*>(block.header + 1);
          if (block.reached || word - reinterpret_cast<std::uintptr_t>(first) > block.header->bytes)
            continue;
          block.reached = true;
          left.push_back({first, block.header->bytes});
        }
      }
    }
  }

  std::optional<Leak> leak() const {
    for (const Block& block : blocks_) {
      if (!block.reached) return Leak{block.agent, block.header->bytes, block.header->pc};
    }
    return std::nullopt;
  }

 private:
  struct Block {
    int agent;
    const HeapBlock* header;
    bool reached;
  };
  std::vector<Block> blocks_;
};

}  // namespace

std::optional<Leak> FiberMachine::leak() const {
  const bool threads = shared_.has_heap();
  for (int first = 0; first < agents(); ++first) {
    Blocks blocks;
    // What constructors allocated before main() is never told as lost, and holds what it points to.
    const LoadHeap& loaded = runtime_.load_heap;
    std::vector<Memory> roots{shared_.bytes(), {loaded.low, loaded.next}};
    for (int agent = first; agent < (threads ? agents() : first + 1); ++agent) {
      const bool finished = agent_at(agent).now.run_state == RunState::finished;
      if (threads && !finished) return std::nullopt;
      if (!finished) continue;
      blocks.add(agent, agent_at(agent).now.context.last_block);
      for (const Memory memory : globals_of(agent)) roots.push_back(memory);
    }
    if (!blocks.empty()) {
      for (const Memory memory : roots) blocks.reach_from(memory);
      if (auto found = blocks.leak()) return found;
    }
    if (threads) break;
  }
  return std::nullopt;
}

}  // namespace minusone
