#pragma once

#include "stress/watch/arena.h"

namespace minusone::watch {

/// What the file of a descriptor hands over: one object for all who have it open.
/// @param kind  S_IFIFO, or 0 for whatever it is
/// @return  null: it is of another kind, or none
SyncObject* sync_of_file(int file, unsigned kind) noexcept;

}  // namespace minusone::watch
