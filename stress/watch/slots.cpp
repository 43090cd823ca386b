#include "stress/watch/slots.h"

namespace minusone::watch {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

void begin(Arena& arena, unsigned number, unsigned process) noexcept {
  Slot& slot = arena.slots[number];
  const Clock born = slot.clock.at[number].load(relaxed) + 1;
  slot.former.store(slot.process.load(relaxed), relaxed);
  slot.process.store(process, relaxed);
  slot.tid.store(own_tid(), relaxed);
  slot.tid_since.store(living_since(own_tid()), relaxed);
  slot.handle.store(0, relaxed);
  slot.doing.store(0, relaxed);
  clear(arena, slot.clock);
  clear(arena, slot.spawned);
  slot.clock.at[number].store(born, relaxed);
  slot.born.store(born, relaxed);
  slot.known_of_former.store(0, relaxed);
  slot.has_released.store(false, relaxed);
  slot.has_seen.store(false, relaxed);
  slot.order.store(arena.order.fetch_add(1) + 1, relaxed);
  slot.state.store(Slot::running);
}

}  // namespace

void join(const Arena& arena, VectorClock& into, const VectorClock& from) noexcept {
  const unsigned used = arena.slots_used.load(relaxed);
  for (unsigned i = 0; i < used; ++i) {
    const Clock theirs = from.at[i].load(relaxed);
    if (into.at[i].load(relaxed) < theirs) into.at[i].store(theirs, relaxed);
  }
}

void copy(const Arena& arena, VectorClock& into, const VectorClock& from) noexcept {
  const unsigned used = arena.slots_used.load(relaxed);
  for (unsigned i = 0; i < used; ++i) into.at[i].store(from.at[i].load(relaxed), relaxed);
}

void clear(const Arena& arena, VectorClock& clock) noexcept {
  const unsigned used = arena.slots_used.load(relaxed);
  for (unsigned i = 0; i < used; ++i) clock.at[i].store(0, relaxed);
}

void Self::acquire(const VectorClock& from) const noexcept {
  const Clock mine = from.at[number_].load(relaxed);
  if (mine < slot_->born.load(relaxed) && mine > slot_->known_of_former.load(relaxed))
    slot_->known_of_former.store(mine, relaxed);
  join(*arena_, slot_->clock, from);
}

bool is_gone(const Slot& slot) noexcept {
  const auto state = slot.state.load();
  if (state != Slot::running) return state == Slot::ended;
  const auto since = living_since(slot.tid.load(relaxed));
  return since == 0 || since != slot.tid_since.load(relaxed);
}

Self take_slot(Arena& arena, unsigned process) noexcept {
  const RobustGuard guard(arena.slots_lock);
  unsigned number = arena.slots_used.load(relaxed);
  if (number < max_slots) {
    arena.slots_used.store(number + 1);
  } else {
    number = max_slots;
    std::uint64_t order = ~std::uint64_t{0};
    for (unsigned i = 0; i < max_slots; ++i) {
      Slot& slot = arena.slots[i];
      if (slot.order.load(relaxed) < order && is_gone(slot)) {
        order = slot.order.load(relaxed);
        number = i;
      }
    }
    if (number == max_slots) return {};
  }
  begin(arena, number, process);
  return {arena, number};
}

Self slot_from_before(Arena& arena) noexcept {
  const unsigned used = arena.slots_used.load();
  for (unsigned i = 0; i < used; ++i) {
    const Slot& slot = arena.slots[i];
    if (slot.state.load() == Slot::running && slot.tid.load(relaxed) == own_tid() &&
        slot.tid_since.load(relaxed) == living_since(own_tid())) {
      return {arena, i};
    }
  }
  return {};
}

void end_slot(const Self& self) noexcept {
  self.slot().order.store(self.arena().order.fetch_add(1) + 1, relaxed);
  self.slot().state.store(Slot::ended);
}

}  // namespace minusone::watch
