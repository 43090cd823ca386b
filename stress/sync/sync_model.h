#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "stress/instrument/announcement.h"
#include "stress/machine/fingerprint.h"
#include "stress/machine/max_agents.h"

namespace minusone {

/// Agents in the order in which they came.
struct WaitQueue {
  std::array<std::int8_t, max_agents> agents{};
  std::uint8_t count = 0;

  void push(int agent) { agents[count++] = static_cast<std::int8_t>(agent); }
  bool holds(int agent) const;
  void remove(int agent);
};

/// The state of one synchronisation object, kept beside the memory it lies in: fibers and real
/// processes show the same bytes. Plain data, so that an execution starts by copying a vector.
struct SyncObject {
  enum class Kind : std::uint8_t {
    mutex,
    rwlock,
    condition,
    semaphore,
    sysv_set,
    futex,
    spin,
    barrier,
    once,
    segment,
  };

  std::uint64_t key = 0;  ///< address, or the id of a System V set or segment
  Kind kind = Kind::mutex;
  bool destroyed = false;
  bool robust = false;
  bool owner_died = false;
  bool not_recoverable = false;
  std::int8_t owner = -1;    ///< mutex, writer of a rwlock, spin, once: who holds it
  std::int16_t home = -1;    ///< futex: the agent whose private word it is
  int type = 0;              ///< mutex: PTHREAD_MUTEX_*
  int value = 0;             ///< semaphore; depth of a mutex; readers of a rwlock; how many a
                             ///< barrier waits for; 1: once done; see segment
  std::int64_t ipc_key = 0;  ///< sysv_set, segment
  std::uint64_t bytes = 0;   ///< segment; `value` says where it lies in the room for segments
  std::uint16_t first = 0;   ///< sysv_set: where its semaphores stand in SyncModel's list
  std::uint16_t number = 0;  ///< sysv_set: how many
  std::array<std::uint32_t, max_agents> bits{};  ///< futex: bit sets, by waiting agent
  WaitQueue waiting;                             ///< condition, futex, barrier
  std::uint16_t woken = 0;  ///< condition, futex, barrier: set of agents that may go on
  std::uint16_t dead = 0;   ///< condition: of the waiting and the woken
};

/// The kernel's and glibc's synchronisation as functions of a state: POSIX and System V semaphores,
/// mutexes of all types, read-write locks, condition variables, spin locks, barriers, once,
/// futexes. Who comes first is woken first; timeouts do not fire, except of deadlines that lie in
/// the past.
class SyncModel {
 public:
  /// Agents are processes: a private futex word is another one in each of them.
  void set_processes(bool processes) { processes_ = processes; }
  /// Where System V segments lie: zeroed memory that agents share.
  void set_room(std::span<std::byte> room) { room_ = room; }
  /// The bytes of the segment that an address lies in, and where that begins; nothing: in none.
  std::optional<std::span<const std::byte>> segment_at(std::uint64_t address) const;

  /// Whether the agent's announced call can be performed now. True for all that never blocks.
  bool enabled(const Context& agent) const;
  /// The agent that holds what the announced call waits for: a lock. -1: nobody does, or it waits for
  /// something that nobody holds.
  int holder_awaited_by(const Context& agent) const;
  /// Performs the call: what it returns, or minus the errno (the pthread family: the errno itself).
  /// @pre enabled(agent)
  std::int64_t perform(const Context& agent);
  /// The set of agents that the last call of perform() woke from a queue.
  std::uint16_t woken() const { return woken_; }
  /// Whether an agent that waits in a queue can leave it without having been woken: it still waits,
  /// and the condition's mutex is free.
  bool can_leave_queue(const Context& agent) const;
  /// It does. @return what locking the condition's mutex again came to; 0 for a futex
  std::int64_t leave_queue(const Context& agent);
  /// What the agent's exit does: SEM_UNDO of a process, and robust mutexes get EOWNERDEAD.
  void agent_ends(int agent);
  /// The same, and the kernel takes the agent out of the futex queue that it waits in. A condition
  /// variable goes on counting it: glibc's signal and broadcast wait, before they turn to newer
  /// waiters, for all that were woken earlier to have left, which a dead one never does
  /// (__condvar_quiesce_and_switch_g1 in glibc 2.36).
  void agent_dies(const Context& agent);
  /// Calls `touch(key, is_set)` for each System V set (by id) and mutex (by address) that the
  /// agent's exit would change.
  template <class Touch>
  void touched_by_end(int agent, Touch touch) const {
    for (const SyncObject& object : now_.objects) {
      if (object.kind == SyncObject::Kind::mutex && object.robust && object.owner == agent)
        touch(object.key, false);
      if (object.kind != SyncObject::Kind::sysv_set || !processes_) continue;
      for (std::size_t i = object.first; i < std::size_t{object.first} + object.number; ++i) {
        if (now_.semaphores[i].undo[static_cast<std::size_t>(agent)] == 0) continue;
        touch(object.key, true);
        break;
      }
    }
  }
  /// True for actions that this model performs.
  static bool knows(Action action) {
    return action >= Action::mutex_init && action <= Action::futex_requeue;
  }

  /// Differs between states that differ in more than the order of queues, as far as a hash can
  /// tell.
  std::uint64_t fingerprint() const;
  /// Calls `visit(object, values)` for each object that somebody has used; the values are those of
  /// a System V set's semaphores.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const SyncObject& object : now_.objects) {
      std::vector<int> values;
      for (std::size_t i = object.first; i < std::size_t{object.first} + object.number; ++i)
        values.push_back(now_.semaphores[i].value);
      visit(object, values);
    }
  }
  /// Adds the state of now; objects that are as if nobody had ever used them add nothing.
  void add_to(Digest& digest) const;

  void remember() { start_ = now_; }
  void restart() {
    now_ = start_;
    saved_.clear();
  }
  /// Saves the state of now on top of those saved before; and goes back to the last one saved.
  void push();
  void pop();

 private:
  struct SysvSemaphore {
    int value = 0;
    int last = 0;  ///< GETPID: agent + 1; 0: nobody
    std::array<std::int16_t, max_agents> undo{};
    bool operator==(const SysvSemaphore&) const = default;
  };
  struct State {
    std::vector<SyncObject> objects;
    std::vector<SysvSemaphore> semaphores;
  };

  const SyncObject* find(SyncObject::Kind kind, std::uint64_t key, int home = -1) const;
  SyncObject& object(SyncObject::Kind kind, std::uint64_t key, int home = -1);
  int futex_home(const Context& agent) const;

  bool mutex_is_free(std::uint64_t address, int agent) const;
  std::int64_t perform_mutex(const Context& agent);
  std::int64_t lock(std::uint64_t address, int agent, bool only_try);
  std::int64_t unlock(std::uint64_t address, int agent);
  std::int64_t perform_rwlock(const Context& agent);
  std::int64_t perform_condition(const Context& agent);
  std::int64_t perform_spin(const Context& agent);
  std::int64_t perform_barrier(const Context& agent);
  std::int64_t perform_once(const Context& agent);
  std::int64_t perform_semaphore(const Context& agent);
  std::int64_t perform_semget(const Context& agent);
  std::int64_t perform_semctl(const Context& agent);
  std::int64_t perform_semop(const Context& agent);
  std::int64_t check_semop(const Context& agent, bool& blocks) const;
  std::int64_t perform_futex(const Context& agent);
  std::int64_t perform_segment(const Context& agent);
  std::int64_t get_segment(const Context& agent);

  bool processes_ = true;
  std::span<std::byte> room_;
  std::uint16_t woken_ = 0;
  State now_;
  State start_;
  std::vector<std::byte> saved_;  ///< states, each followed by its two sizes
};

}  // namespace minusone
