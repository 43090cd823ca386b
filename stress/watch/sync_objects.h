#pragma once

#include "stress/watch/arena.h"
#include "stress/watch/slots.h"

/// What hands over order, and the rules by which it does (FastTrack, PLDI 2009, section 3, with
/// C++'s releases, [intro.races]: a store starts anew, a read-modify-write goes on with what was
/// released).
namespace minusone::watch {

/// The object of a shared address; made where there is none yet.
/// @param index  beside the address's shadow
SyncObject& sync_at(Arena& arena, std::atomic<std::uint32_t>& index) noexcept;

/// That of something that is no memory; never removed.
/// @param key  not 0
SyncObject& sync_named(Arena& arena, std::uint64_t key) noexcept;

void give_back_sync(Arena& arena, std::uint32_t number) noexcept;

// Under the object's lock, by whoever is to have it whole.

/// Adds all that this thread did until now.
void release(const Self& self, SyncObject& sync) noexcept;
/// Then: nothing else any more, for a store that is no read-modify-write.
void keep_only(const Self& self, SyncObject& sync, const VectorClock* kept) noexcept;
void acquire(const Self& self, const SyncObject& sync) noexcept;

/// Adds what those did who died with an operation here that the kernel takes back.
void inherit_from_dead(Arena& arena, SyncObject& sync) noexcept;

}  // namespace minusone::watch
