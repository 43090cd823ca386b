#pragma once

#include <cstdint>
#include <string_view>

#include "stress/sync/sync_model.h"

/// What an object of the library's may be used for: not before it was initialised, not once it was
/// destroyed, and not by two processes where it was made for one. All that is undefined (POSIX.1,
/// 2.9.9); here it ends the execution by name.
namespace minusone {

/// What the bytes of a destroyed object hold in one place, so that what initialises it again
/// without a call (PTHREAD_COND_INITIALIZER) is seen. Of mutexes the mark is glibc's own.
inline constexpr std::int32_t destroyed_mark = -0x2b2b2b2b;

/// As the library keeps it: a process-shared object's futexes are not private to a process.
inline constexpr std::int32_t shared_futexes = 128;

struct ObjectWords {
  std::string_view name;
  std::string_view maker;    ///< "pthread_mutex_init()": what leaves bytes that mean something
  std::string_view sharing;  ///< how it is made for several processes
};

/// An agent as the library's bytes name it; -1: nobody; and back.
constexpr std::int32_t thread_id_of(int agent) { return agent < 0 ? 0 : 4'000'000 + agent; }
constexpr std::int8_t agent_of(std::int32_t thread_id) {
  return static_cast<std::int8_t>(thread_id - 4'000'000);
}
constexpr bool is_thread_id(std::int32_t id) {
  return id >= thread_id_of(0) && id < thread_id_of(0) + max_agents;
}

/// Whether a call need not wait, for it is told that the object must not be used.
inline bool is_refused(const Life& life) { return life.stage != Life::Stage::in_use; }

/// Whether the call may use the object; else the misuse is noted. Of an object that was not made
/// for several processes the first that uses it is taken down.
bool may_use(SyncModel& model, const Context& call, std::uint64_t address, Life& life,
             const ObjectWords& words);
/// The same of a call that destroys it or only looks at it, which is no use of a process's.
bool may_end(SyncModel& model, const Life& life, const ObjectWords& words);

/// The object, for a call that uses it. Null: it must not be used, which was noted.
template <InBytes State>
State* used(SyncModel& model, const Context& call, std::uint64_t address,
            const ObjectWords& words) {
  State& state = model.object_in_bytes<State>(address);
  const bool by_anybody = !is_refused(state.life) && !model.tells_users_apart();
  return by_anybody || may_use(model, call, address, state.life, words) ? &state : nullptr;
}

/// Initialises the object: whatever lay there before.
template <InBytes State>
void begin_life(SyncModel& model, std::uint64_t address, const State& state) {
  model.object_in_bytes<State>(address) = state;
  model.leave_bytes(address, state);
}

/// Destroys it. @pre may_end()
template <InBytes State>
void end_life(SyncModel& model, const Context& call, std::uint64_t address) {
  State& state = model.object_in_bytes<State>(address);
  state.life.stage = Life::Stage::destroyed;
  state.life.who = static_cast<std::int8_t>(call.id);
  state.life.where = call.pc;
  model.leave_bytes(address, state);
}

/// Agents that none of the model's is.
inline constexpr std::int8_t stranger = 127;

/// "a mutex is unlocked that main holds", and whose it is not. -1: nobody
Misuse not_by_holder(std::string_view name, std::string_view what_befalls_it, int holder);
/// "a mutex is destroyed while main holds it"
Misuse while_held(std::string_view name, int holder);
Misuse while_waited_for(std::string_view name, int waiter);

/// For digests: what tells equal bytes apart.
inline void add_life(const Life& life, StateSink& sink) {
  sink.add_detail(static_cast<std::uint64_t>(life.stage) |
                  static_cast<std::uint64_t>(life.shared) << 2 |
                  static_cast<std::uint64_t>(life.who + 1) << 3);
}
/// As of an object that nobody has used yet. What it was initialised with stands in its bytes.
inline bool is_fresh(const Life& life) { return life.stage == Life::Stage::in_use && life.who < 0; }

}  // namespace minusone
