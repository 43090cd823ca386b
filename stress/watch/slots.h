#pragma once

#include "stress/watch/arena.h"

/// The threads that an arena knows, and what each of them knows of the others.
namespace minusone::watch {

/// into := the later of both, for each slot that was ever used.
void join(const Arena& arena, VectorClock& into, const VectorClock& from) noexcept;
void copy(const Arena& arena, VectorClock& into, const VectorClock& from) noexcept;
void clear(const Arena& arena, VectorClock& clock) noexcept;

/// A thread as it sees itself. Only it writes to its slot's clocks while it lives.
class Self {
 public:
  Self() = default;
  Self(Arena& arena, unsigned number)
      : arena_(&arena), slot_(&arena.slots[number]), number_(number) {}

  bool is_there() const { return slot_ != nullptr; }
  Arena& arena() const { return *arena_; }
  Slot& slot() const { return *slot_; }
  unsigned number() const { return number_; }
  Clock now() const { return slot_->clock.at[number_].load(std::memory_order_relaxed); }

  Epoch epoch(bool is_write, bool is_atomic, std::uint8_t bytes) const {
    return {number_, now(), is_write, is_atomic, bytes};
  }
  bool is_ordered(Epoch old) const {
    if (old.slot() == number_) {
      return old.clock() >= slot_->born.load(std::memory_order_relaxed) ||
             old.clock() <= slot_->known_of_former.load(std::memory_order_relaxed);
    }
    return old.clock() <= slot_->clock.at[old.slot()].load(std::memory_order_relaxed);
  }

  /// What happens before that clock happens before what this thread does from now on.
  void acquire(const VectorClock& from) const noexcept;
  /// What it did until now happens before what follows a tick.
  void tick() const noexcept {
    slot_->clock.at[number_].store(now() + 1, std::memory_order_relaxed);
  }
  void is_doing(Doing what, Site site) const noexcept {
    slot_->doing.store(std::uint64_t(what) << 56 | site, std::memory_order_relaxed);
  }

 private:
  Arena* arena_ = nullptr;
  Slot* slot_ = nullptr;
  unsigned number_ = 0;
};

/// A slot for the caller's thread: one that was never used, else that of who has been gone longest.
/// Its clock goes on where its forerunner's ended.
/// @return  none where all belong to the living
Self take_slot(Arena& arena, unsigned process) noexcept;

/// The slot of the caller's thread from before an exec; none.
Self slot_from_before(Arena& arena) noexcept;

void end_slot(const Self& self) noexcept;

/// Whether who has a slot is gone, by its own word or for good.
bool is_gone(const Slot& slot) noexcept;

}  // namespace minusone::watch
