#pragma once

#include "stress/sync/family.h"

/// System V segments, as shmget(2), shmop(2) and shmctl(2) describe them. Here all agents have them
/// at the same address; where each of them really does is its machine's to say. Sizes and IPC_STAT
/// are not modelled, nor does an exit detach.
namespace minusone {

/// By the model's id, from 1.
struct SysvSegment {
  static const ObjectKind kind;

  std::int64_t ipc_key = 0;
  std::uint64_t bytes = 0;
  std::uint64_t offset = 0;  ///< where it lies in SyncModel::room()
  WaitQueue attached;        ///< agents, once for each time
  bool removed = false;
};

namespace segment {

void touches_keys(const Context& call, Step& step);
void looks_at_keys(const Context& call, Step& step);
void changes_keys(const Context& call, Step& step);
std::int64_t get(SyncModel& model, Context& call);
std::int64_t attach(SyncModel& model, Context& call);
std::int64_t detach(SyncModel& model, Context& call);
std::int64_t remove(SyncModel& model, Context& call);
void forked(SyncModel& model, int parent, int child);

/// In lock step.
std::unique_ptr<RealObjects> real_objects(RunLog& log);
namespace real {
InController get, remove;
InProcess attach, detach;
}  // namespace real

inline constexpr Call rows[] = {
    {.action = Action::shmget,
     .told = Told("makes or finds a segment"),
     .touches = touches_keys,
     .enabled = calls::always,
     .perform = get,
     .narrow = calls::does_all,
     .enabling = enables_nothing,
     .ordering = orders_both,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = Real{.asks = calls::asks_always, .in_controller = real::get}},
    {.action = Action::shmat,
     .told = Told("attaches a segment"),
     .touches = looks_at_keys,
     .enabled = calls::always,
     .perform = attach,
     .narrow = calls::does_all,
     .enabling = enables_nothing,
     .ordering = orders_both,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = Real{.asks = calls::asks_always, .in_process = real::attach}},
    {.action = Action::shmdt,
     .told = Told("detaches a segment"),
     .touches = looks_at_keys,
     .enabled = calls::always,
     .perform = detach,
     .narrow = calls::does_all,
     .enabling = enables_nothing,
     .ordering = orders_both,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = Real{.asks = calls::asks_always, .in_process = real::detach}},
    {.action = Action::shmctl,
     .told = Told("removes a segment"),
     .touches = changes_keys,
     .enabled = calls::always,
     .perform = remove,
     .narrow = calls::does_all,
     .enabling = enables_nothing,
     .ordering = orders_both,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = Real{.asks = calls::asks_always, .in_controller = real::remove}},
};

inline constexpr std::string_view of_processes[] = {"shmget"};

inline constexpr Family family{.name = "System V segment",
                               .calls = rows,
                               .harmless = std::span<const std::string_view>(),
                               .undone_by_end = nullptr,
                               .ends = nullptr,
                               .inherited = nullptr,
                               .forked = forked,
                               .real_objects = real_objects,
                               .of_processes = of_processes};

}  // namespace segment

}  // namespace minusone
