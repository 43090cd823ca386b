#pragma once

#include <cerrno>

#include "stress/sync/family.h"

/// System V semaphore sets, as semget(2), semctl(2) and semop(2) describe them, with SEM_UNDO.
namespace minusone {

/// By the model's id, from 1; its semaphores are its tail.
struct SysvSet {
  static const ObjectKind kind;

  std::int64_t ipc_key = 0;
  bool removed = false;
};

struct SysvSemaphore {
  int value = 0;
  int last = 0;  ///< GETPID: agent + 1; 0: nobody
  std::array<std::int16_t, max_agents> undo{};
};

namespace sysv_set {

void touches_all(const Context& call, Step& step);
void touches_set(const Context& call, Step& step);
bool can_operate(const SyncModel& model, const Context& call);
std::int64_t get(SyncModel& model, Context& call);
std::int64_t control(SyncModel& model, Context& call);
std::int64_t operate(SyncModel& model, Context& call);
bool has_deadline(const Context& call);

void undone_by_end(const SyncModel& model, int agent, UndoneByEnd& undone);
void ends(SyncModel& model, int agent);

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
     .waiting = waits_for_ever},
    {.action = Action::semctl,
     .told = Told("synchronises"),
     .touches = touches_set,
     .enabled = calls::always,
     .perform = control,
     .narrow = calls::does_all,
     .enabling = gives,
     .ordering = orders_both,
     .holder = calls::nobody,
     .waiting = waits_for_ever},
    {.action = Action::semop,
     .told = Told("semop"),
     .touches = touches_set,
     .enabled = can_operate,
     .perform = operate,
     .narrow = calls::does_all,
     .enabling = gives_and_takes,
     .ordering = orders_both,
     .holder = calls::nobody,
     .waiting = Waiting{.has_deadline = has_deadline, .timed_out = -EAGAIN, .interruptible = true}},
};

inline constexpr Family family{.name = "System V semaphore set",
                               .calls = rows,
                               .harmless = std::span<const std::string_view>(),
                               .undone_by_end = undone_by_end,
                               .ends = ends};

}  // namespace sysv_set

}  // namespace minusone
