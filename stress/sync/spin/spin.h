#pragma once

#include "stress/sync/family.h"

/// Spin locks, as pthread_spin_lock(3p) describes them and glibc behaves.
namespace minusone {

struct SpinLock {
  static const ObjectKind kind;

  std::int8_t owner = -1;
  Life life{.shared = true};  // whatever pthread_spin_init() was told

  struct Bytes {
    std::int32_t word;
    bool operator==(const Bytes&) const = default;
  };
  static SpinLock of(const Bytes& bytes);
  Bytes bytes() const;
};

namespace spin {

bool can_lock(const SyncModel& model, const Context& call);
std::int64_t lock(SyncModel& model, Context& call);
std::int64_t open(SyncModel& model, Context& call);
std::int64_t initialise(SyncModel& model, Context& call);
std::int64_t destroy(SyncModel& model, Context& call);
int holder(const SyncModel& model, const Context& call);
/// It was held.
void may_only_look(const SyncModel& model, const Context& call, Step& step);

inline constexpr auto touches = calls::touches_object<sizeof(SpinLock::Bytes)>;

inline constexpr Call rows[] = {
    life_call(Action::spin_init, touches, initialise, only_modelled),
    life_call(Action::spin_destroy, touches, destroy, only_modelled),
    {.action = Action::spin_lock,
     .told = Told("spins for"),
     .touches = touches,
     .enabled = can_lock,
     .perform = lock,
     .narrow = calls::does_all,
     .enabling = takes,
     .ordering = acquires,
     .holder = holder,
     .waiting = waits_for_ever,
     .hold = Hold{.given_back_by = Action::spin_unlock, .begins_round = true},
     .real = only_modelled},
    {.action = Action::spin_trylock,
     .told = Told("tries to spin for"),
     .touches = touches,
     .enabled = calls::always,
     .perform = lock,
     .narrow = may_only_look,
     .enabling = enables_nothing,
     .ordering = acquires,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = Hold{.given_back_by = Action::spin_unlock,
                  .begins_round = true,
                  .only_tries = calls::tries},
     .real = only_modelled},
    {.action = Action::spin_unlock,
     .told = Told("opens"),
     .touches = touches,
     .enabled = calls::always,
     .perform = open,
     .narrow = calls::does_all,
     .enabling = gives,
     .ordering = releases,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = only_modelled},
};

inline constexpr Family family{.name = "spin lock",
                               .calls = rows,
                               .harmless = std::span<const std::string_view>(),
                               .undone_by_end = nullptr,
                               .ends = nullptr,
                               .inherited = nullptr,
                               .forked = nullptr,
                               .real_objects = nullptr};

}  // namespace spin

}  // namespace minusone
