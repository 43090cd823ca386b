#pragma once

#include <sys/mman.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <span>

#include "protocol/os_error.h"
#include "stress/instrument/announcement.h"

/// In lock step agents are processes, and their calls are made for real, so that none ever sleeps
/// in the kernel: what waits is tried (sem_trywait for sem_wait, IPC_NOWAIT for semop, a deadline
/// in the past for locks). Beside them the controller keeps a SyncModel, whose answers are held
/// against the real ones. A call's row says how it is made.
namespace minusone {

/// What a family keeps of real objects. The controller makes it, then forks the agents: each has a
/// copy, and all share the tables in it (SharedTable). The controller removes what was made.
class RealObjects {
 public:
  RealObjects() = default;
  virtual ~RealObjects() = default;
  RealObjects(const RealObjects&) = delete;
  RealObjects& operator=(const RealObjects&) = delete;

  // In the controller:
  /// Each execution is to start with the objects as they are now.
  virtual void remember() {}
  /// An execution starts.
  virtual void restart() {}

  // In an agent's process:
  /// An execution starts, and the agent's memory is about to be put back.
  virtual void restart_in_process() {}
};

/// A T that the controller shares with those that it forks later.
template <class T>
class SharedTable {
 public:
  SharedTable() {
    void* const at =
        mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) throw OsError(errno, "mmap", "a table of objects in lock step");
    table_ = ::new (at) T{};
  }
  ~SharedTable() { munmap(table_, sizeof(T)); }
  SharedTable(const SharedTable&) = delete;
  SharedTable& operator=(const SharedTable&) = delete;
  T& operator*() const { return *table_; }
  T* operator->() const { return table_; }

 private:
  T* table_;
};

/// Brings what a call's pointers lead to from the agent's process to the controller.
struct Carriage {
  /// Writes it. @return its bytes; more than there is room for: the call is refused
  std::size_t (*pack)(const Context&, const RealObjects*, std::span<std::byte> room);
  /// Turns the call's pointers to it.
  void (*unpack)(Context&, std::span<std::byte> packed);
  const char* too_much;     ///< the sentence that it is refused with
  bool when_asked = false;  ///< packed when the controller is asked, and not when it is announced
};

using InProcess = std::optional<std::int64_t>(const Context&, RealObjects*, std::int64_t modelled);
using InController = std::int64_t(const Context&, RealObjects*, std::int64_t modelled);

/// How a call is done for real.
struct Real {
  /// In the agent's process: whether the controller has a part in it. Then the model answers first,
  /// or says that it waits.
  bool (*asks)(const Context&, const RealObjects*);
  /// Makes the call in the agent's process; of one that asks, the process's own part. `modelled`:
  /// what the model says, where it was asked. Null: it returns what the model says.
  /// @return as Call::perform; nothing where it would wait
  InProcess* in_process = nullptr;
  /// The controller's own part, once the model has answered. Null: none.
  /// @return as Call::perform, to be held against the model
  InController* in_controller = nullptr;
  const Carriage* carriage = nullptr;  ///< null: the controller needs nothing but the arguments
  /// Why it cannot be made in lock step, a sentence: a schedule with such a step is refused. Null:
  /// it can.
  const char* refused = nullptr;
};

namespace calls {
inline bool asks_always(const Context&, const RealObjects*) { return true; }
inline bool asks_never(const Context&, const RealObjects*) { return false; }
}  // namespace calls

/// A process that waits for its turn cannot sleep in a call too, and so is told what the model
/// says.
inline constexpr Real only_modelled{calls::asks_always};
/// An access to memory, which a process performs as fibers do.
inline constexpr Real made_as_access{calls::asks_never};
inline constexpr Real only_on_fibers{
    .asks = calls::asks_always,
    .refused =
        "the schedule maps shared memory by mmap(), shm_open() or the like, which is not "
        "taken in lock step: leave --processes out"};
constexpr Real made_by_process(InProcess* in_process) { return {calls::asks_never, in_process}; }

/// For the families' calls.
inline constexpr timespec long_past{1, 0};
inline std::int64_t or_errno(int result) { return result == -1 ? -errno : result; }

}  // namespace minusone
