#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "stress/instrument/announcement.h"
#include "stress/processes/control_page.h"

namespace minusone {

/// Synchronisation calls as an agent's process makes them: for real, and so that none ever sleeps
/// in the kernel. What waits is tried: sem_trywait for sem_wait, IPC_NOWAIT for semop, a deadline
/// in the past for locks.

/// True for the calls of which the controller does a part: who sleeps on a futex or a condition
/// variable and who is woken (a process that waits for its turn cannot sleep there too), the making
/// and removing of System V sets and segments, an agent's end.
bool asks_controller(const Context& call);

/// Makes the call. Of one that asks, the process's own part: the unlock and the lock around a wait.
/// @param sets  System V sets by the model's id
/// @return      as SyncModel::perform; nothing where it would wait
std::optional<std::int64_t> make_real_call(const Context& call,
                                           const std::array<RealSet, ControlPage::most_sets>& sets);

/// Whether the kernel would let a futex wait sleep: the word is what the caller thinks.
bool real_futex_would_sleep(const Context& call);

/// Forgets which robust mutexes this thread holds: their memory is about to be put back.
void forget_robust_mutexes();

}  // namespace minusone
