#pragma once

#include "stress/sync/family.h"

/// Barriers, as pthread_barrier_wait(3p) describes them and glibc behaves. A wait is two steps: it
/// arrives, and, unless it was the last, it leaves once it was woken.
namespace minusone {

struct Barrier {
  static const ObjectKind kind;

  int count = 0;  ///< that it waits for
  WaitQueue waiting;
  AgentBits woken = 0;
  Life life;

  /// As struct pthread_barrier begins (glibc, internaltypes.h).
  struct Bytes {
    std::uint32_t in;
    std::uint32_t round;
    std::uint32_t count;
    std::int32_t futexes;
    std::uint32_t out;
    bool operator==(const Bytes&) const = default;
  };
  static Barrier of(const Bytes& bytes);
  Bytes bytes() const;
};

namespace barrier {

inline constexpr auto sets = calls::touches_queue_and_sets<sizeof(Barrier::Bytes)>;
inline constexpr auto looks = calls::touches_queue_and_looks<sizeof(Barrier::Bytes)>;

bool can_leave(const SyncModel& model, const Context& call);
bool can_destroy(const SyncModel& model, const Context& call);
std::int64_t initialise(SyncModel& model, Context& call);
std::int64_t destroy(SyncModel& model, Context& call);
std::int64_t arrive(SyncModel& model, Context& call);
std::int64_t leave(SyncModel& model, Context& call);

inline constexpr Call rows[] = {
    life_call(Action::barrier_init, sets, initialise, only_modelled),
    {.action = Action::barrier_destroy,
     .told = Told("synchronises"),
     .touches = sets,
     .enabled = can_destroy,
     .perform = destroy,
     .narrow = calls::does_all,
     .enabling = takes,
     .ordering = orders_both,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = only_modelled},
    {.action = Action::barrier_arrive,
     .told = Told("arrives at barrier"),
     .touches = looks,
     .enabled = calls::always,
     .perform = arrive,
     .narrow = calls::woke_or_queued,
     .enabling = gives,
     .ordering = orders_both,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = only_modelled},
    {.action = Action::barrier_awake,
     .told = Told("leaves barrier"),
     .touches = calls::touches_wake_up,
     .enabled = can_leave,
     .perform = leave,
     .narrow = calls::does_all,
     .enabling = gives_and_takes,
     .ordering = orders_both,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = only_modelled},
};

inline constexpr Family family{.name = "barrier",
                               .calls = rows,
                               .harmless = std::span<const std::string_view>(),
                               .undone_by_end = nullptr,
                               .ends = nullptr,
                               .inherited = nullptr,
                               .forked = nullptr,
                               .real_objects = nullptr};

}  // namespace barrier

}  // namespace minusone
