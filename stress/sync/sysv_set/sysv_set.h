#pragma once

#include <cerrno>

#include "stress/sync/family.h"

/// System V semaphore sets, as semget(2), semctl(2) and semop(2) describe them, with SEM_UNDO.
namespace minusone {

/// By the model's id, from 1; its semaphores are its tail.
struct SysvSet {
  static const ObjectKind kind;

  std::int64_t ipc_key = 0;
  int flags = 0;  ///< permissions, as given to semget()
  bool removed = false;
  bool operated = false;  ///< a semop() has come to its end (sem_otime)
  AgentBits slept = 0;    ///< who slept when it was removed, or was about to ...
  bool woken = false;     ///< ... and did sleep
};

struct SysvSemaphore {
  int value = 0;
  int last = 0;  ///< GETPID: agent + 1; 0: nobody
  std::array<std::int16_t, max_agents> undo{};
};

namespace sysv_set {

/// What of IPC_RMID a call does (its argument). Who has announced a semop() that cannot go on
/// sleeps already, or has not come yet: between the two halves it comes, and finds no set.
enum class Removal : std::uint64_t { whole, begins, ends };

void touches_all(const Context& call, Step& step);
void touches_set(const Context& call, Step& step);
bool can_operate(const SyncModel& model, const Context& call);
std::int64_t get(SyncModel& model, Context& call);
std::int64_t control(SyncModel& model, Context& call);
std::int64_t operate(SyncModel& model, Context& call);
bool has_deadline(const Context& call);

void undone_by_end(const SyncModel& model, int agent, UndoneByEnd& undone);
void ends(SyncModel& model, int agent);

/// In lock step.
std::unique_ptr<RealObjects> real_objects(RunLog& log);
namespace real {
bool controller_controls(const Context& call, const RealObjects*);
bool controller_decides(const Context& call, const RealObjects* objects);
InController get, remove;
InProcess control, operate;
std::size_t pack_operations(const Context& call, const RealObjects*, std::span<std::byte> room);
void unpack_operations(Context& call, std::span<std::byte> packed);
std::size_t pack_values(const Context& call, const RealObjects* objects, std::span<std::byte> room);
void unpack_values(Context& call, std::span<std::byte> packed);
inline constexpr Carriage operations{pack_operations, unpack_operations,
                                     "a semop of so many operations is not taken in lock step"};
/// Of SETALL and GETALL.
inline constexpr Carriage values{pack_values, unpack_values,
                                 "a set of so many semaphores is not taken in lock step"};
}  // namespace real

inline constexpr Call rows[] = {
    {.action = Action::semget,
     .told = Told("synchronises"),
     .touches = touches_all,
     .enabled = calls::always,
     .perform = get,
     .narrow = calls::does_all,
     .enabling = enables_nothing,
     .ordering = orders_both,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = Real{.asks = calls::asks_always, .in_controller = real::get}},
    {.action = Action::semctl,
     .told = Told("synchronises"),
     .touches = touches_set,
     .enabled = calls::always,
     .perform = control,
     .narrow = calls::does_all,
     .enabling = gives,
     .ordering = orders_both,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = Real{.asks = real::controller_controls,
                  .in_process = real::control,
                  .in_controller = real::remove,
                  .carriage = &real::values}},
    {.action = Action::semop,
     .told = Told("semop", "waits in semop on"),
     .touches = touches_set,
     .enabled = can_operate,
     .perform = operate,
     .narrow = calls::does_all,
     .enabling = gives_and_takes,
     .ordering = orders_both,
     .holder = calls::nobody,
     .waiting = Waiting{.has_deadline = has_deadline, .timed_out = -EAGAIN, .interruptible = true},
     .hold = holds_nothing,
     .real = Real{.asks = real::controller_decides,
                  .in_process = real::operate,
                  .carriage = &real::operations}},
};

inline constexpr Family family{.name = "System V semaphore set",
                               .calls = rows,
                               .harmless = std::span<const std::string_view>(),
                               .undone_by_end = undone_by_end,
                               .ends = ends,
                               .inherited = nullptr,
                               .forked = nullptr,
                               .real_objects = real_objects};

}  // namespace sysv_set

}  // namespace minusone
