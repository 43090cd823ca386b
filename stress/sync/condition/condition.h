#pragma once

#include <pthread.h>

#include <cerrno>

#include "stress/sync/family.h"

/// Condition variables, as pthread_cond_wait(3p) describes them and glibc behaves since 2.25. A
/// wait is two steps: it releases the mutex and queues up, and it awakes when it was signalled and
/// the mutex is free.
///
/// Who waits is in one of two groups (nptl/pthread_cond_wait.c). Signals go to the older one; when
/// all its members have been signalled, the newer group takes its place. While all live that is one
/// queue. A dead waiter stays a member: a signal may be spent on it. And up to glibc 2.40 the newer
/// group takes over only when all of the older have left, which a dead one never does.
namespace minusone {

struct Condition {
  static const ObjectKind kind;

  WaitQueue older;    ///< not yet signalled ...
  WaitQueue waiting;  ///< ... and those who come after them
  AgentBits woken = 0;
  AgentBits dead = 0;  ///< of all these
  Life life;

  /// As struct __pthread_cond_s begins (glibc, thread-shared-types.h). Of all its words the model
  /// uses __wrefs, and that for its flags only: who waits is kept beside.
  struct Bytes {
    std::array<std::uint32_t, 9> counts;
    std::int32_t flags;
    std::array<std::uint32_t, 2> signals;
    bool operator==(const Bytes&) const = default;
  };
  static Condition of(const Bytes& bytes);
  /// Comes after another at its address: who was woken there is about to leave it.
  void follows(const Condition& earlier) { woken = earlier.woken; }
  Bytes bytes() const;
};

namespace condition {

inline constexpr auto sets = calls::touches_queue_and_sets<sizeof(Condition::Bytes)>;
inline constexpr auto looks = calls::touches_queue_and_looks<sizeof(Condition::Bytes)>;

void touches_queue_and_mutex(const Context& call, Step& step);
void touches_wake_up_and_mutex(const Context& call, Step& step);
bool can_awake(const SyncModel& model, const Context& call);
bool can_signal(const SyncModel& model, const Context& call);
bool can_broadcast(const SyncModel& model, const Context& call);
bool can_destroy(const SyncModel& model, const Context& call);
std::int64_t initialise(SyncModel& model, Context& call);
std::int64_t destroy(SyncModel& model, Context& call);
std::int64_t release(SyncModel& model, Context& call);
std::int64_t awake(SyncModel& model, Context& call);
std::int64_t signal(SyncModel& model, Context& call);
std::int64_t broadcast(SyncModel& model, Context& call);
/// Of one who was signalled, and waits for the mutex only.
int holder_of_mutex(const SyncModel& model, const Context& call);
bool has_deadline(const Context& call);

bool can_leave(const SyncModel& model, const Context& call);
std::int64_t leave(SyncModel& model, const Context& call);
/// It goes on being counted.
void dies(SyncModel& model, const Context& call);

inline constexpr Queue queue{can_leave, leave, dies};

/// In lock step: the unlock and the lock around a wait.
namespace real {
InProcess release, awake;
}

inline constexpr Call rows[] = {
    life_call(Action::cond_init, sets, initialise, only_modelled),
    life_call(Action::cond_destroy, sets, destroy, only_modelled, can_destroy),
    {.action = Action::cond_release,
     .told = Told("releases and waits on"),
     .touches = touches_queue_and_mutex,
     .enabled = calls::always,
     .perform = release,
     .narrow = calls::does_all,
     .enabling = gives,
     .ordering = releases.but_the_first(1),
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = Real{.asks = calls::asks_always, .in_process = real::release}},
    {.action = Action::cond_awake,
     .told = Told("awakes on", "sleeps on"),
     .touches = touches_wake_up_and_mutex,
     .enabled = can_awake,
     .perform = awake,
     .narrow = calls::does_all,
     .enabling = takes,
     .ordering = acquires,
     .holder = holder_of_mutex,
     .waiting = Waiting{.has_deadline = has_deadline,
                        .timed_out = ETIMEDOUT,
                        .queue = &queue,
                        .spurious = true},
     .hold = holds_nothing,
     .real = Real{.asks = calls::asks_always, .in_process = real::awake}},
    {.action = Action::cond_signal,
     .told = Told("signals"),
     .touches = looks,
     .enabled = can_signal,
     .perform = signal,
     .narrow = calls::woke,
     .enabling = gives,
     .ordering = releases.but_the_first(1),
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = only_modelled},
    {.action = Action::cond_broadcast,
     .told = Told("broadcasts"),
     .touches = looks,
     .enabled = can_broadcast,
     .perform = broadcast,
     .narrow = calls::woke,
     .enabling = gives,
     .ordering = releases.but_the_first(1),
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = only_modelled},
};

inline constexpr Family family{.name = "condition",
                               .calls = rows,
                               .harmless = std::span<const std::string_view>(),
                               .undone_by_end = nullptr,
                               .ends = nullptr,
                               .inherited = nullptr,
                               .forked = nullptr,
                               .real_objects = nullptr};

}  // namespace condition

}  // namespace minusone
