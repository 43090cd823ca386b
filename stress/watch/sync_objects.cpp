#include "stress/watch/sync_objects.h"

namespace minusone::watch {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

/// @return  its number; 0, that of all who find no room
std::uint32_t take_sync(Arena& arena) {
  const RobustGuard guard(arena.syncs_lock);
  if (const auto free = arena.syncs_free.load()) {
    arena.syncs_free.store(arena.syncs[free - 1].next_free.load());
    return free - 1;
  }
  const auto used = arena.syncs_used.load();
  if (used + 1 == Arena::most_syncs) return 0;
  arena.syncs_used.store(used + 1);
  return used + 1;
}

}  // namespace

void give_back_sync(Arena& arena, std::uint32_t number) noexcept {
  if (number == 0) return;
  SyncObject& sync = arena.syncs[number];
  sync.owner.store(0);
  sync.undoes[0].store(0);
  sync.undoes[1].store(0);
  clear(arena, sync.clock);
  sync.version.fetch_add(1);
  const RobustGuard guard(arena.syncs_lock);
  sync.next_free.store(arena.syncs_free.load());
  arena.syncs_free.store(number + 1);
}

SyncObject& sync_at(Arena& arena, std::atomic<std::uint32_t>& index) noexcept {
  std::uint32_t found = index.load(std::memory_order_acquire);
  if (found == 0) {
    const auto fresh = take_sync(arena);
    if (index.compare_exchange_strong(found, fresh + 1)) return arena.syncs[fresh];
    give_back_sync(arena, fresh);
  }
  return arena.syncs[found - 1];
}

SyncObject& sync_named(Arena& arena, std::uint64_t key) noexcept {
  auto at = static_cast<std::uint32_t>((key * 0x9e3779b97f4a7c15U) >> 52);
  for (unsigned look = 0; look < Arena::most_named; ++look) {
    Named& named = arena.named[at];
    std::uint64_t its = named.key.load();
    if (its == 0 && named.key.compare_exchange_strong(its, key)) its = key;
    if (its == key) return sync_at(arena, named.index);
    at = (at + 1) % Arena::most_named;
  }
  return arena.syncs[0];
}

void release(const Self& self, SyncObject& sync) noexcept {
  join(self.arena(), sync.clock, self.slot().clock);
  sync.version.fetch_add(1, relaxed);
}

void keep_only(const Self& self, SyncObject& sync, const VectorClock* kept) noexcept {
  if (sync.is_of_many.load(relaxed) != 0) return;
  if (kept == nullptr) {
    clear(self.arena(), sync.clock);
  } else {
    copy(self.arena(), sync.clock, *kept);
  }
  sync.version.fetch_add(1, relaxed);
}

void acquire(const Self& self, const SyncObject& sync) noexcept { self.acquire(sync.clock); }

void inherit_from_dead(Arena& arena, SyncObject& sync) noexcept {
  for (unsigned word = 0; word < 2; ++word) {
    for (auto left = sync.undoes[word].load(); left != 0; left &= left - 1) {
      const unsigned slot = word * 64 + static_cast<unsigned>(__builtin_ctzll(left));
      if (!is_gone(arena.slots[slot])) continue;
      join(arena, sync.clock, arena.slots[slot].clock);
      sync.undoes[word].fetch_and(~(left & -left));
    }
  }
}

}  // namespace minusone::watch
