#pragma once

#include "stress/sync/mapping/mapping.h"
#include "stress/sync/semaphore/named.h"
#include "stress/sync/sync_model.h"

/// What objects.cpp and mapping.cpp have in common.
namespace minusone::mapping {

/// Threads are of one process.
inline std::uint64_t process_of(const SyncModel& model, const Context& call) {
  return model.processes() ? static_cast<std::uint64_t>(call.id) : 0;
}

/// Null: the caller's process has never opened any.
const Descriptors* descriptors_of(const SyncModel& model, const Context& call);
/// The key of what a descriptor of the caller's leads to; 0: it is none.
std::uint64_t object_of(const SyncModel& model, const Context& call, std::uint64_t descriptor);
/// @pre object_of() != 0
std::uint8_t access_of(const SyncModel& model, const Context& call, std::uint64_t descriptor);
/// A new object without a name. @return its key
std::uint64_t new_object(SyncModel& model, const Context& call);
/// How a process has a part of the object.
Lent lends(const SyncModel& model, const KernelObject& object, int agent, std::uint64_t from,
           std::uint64_t bytes, bool writes);

}  // namespace minusone::mapping
