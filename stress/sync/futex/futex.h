#pragma once

#include <cerrno>

#include "stress/sync/family.h"

/// FUTEX_WAIT and FUTEX_WAKE, with and without bit sets, as futex(2) describes them. A wait is two
/// steps: it compares the word and queues up, and it awakes once it was woken.
namespace minusone {

/// Its home is nobody where the word is shared, the agent where it is private to a process or asked
/// for as private. That is why std::atomic::wait loses wake-ups between processes.
struct FutexWord {
  static const ObjectKind kind;

  WaitQueue
      waiting;  ///< its tail has the bit sets, by agent, once one was not FUTEX_BITSET_MATCH_ANY
  AgentBits woken = 0;
};

namespace futex {

void touches_word_and_queue(const Context& call, Step& step);
bool can_awake(const SyncModel& model, const Context& call);
std::int64_t wait(SyncModel& model, Context& call);
std::int64_t awake(SyncModel& model, Context& call);
std::int64_t wake(SyncModel& model, Context& call);
/// Where the word had changed it only compared.
void may_forgo_queue(const SyncModel& model, const Context& call, Step& step);
bool has_deadline(const Context& call);

bool can_leave(const SyncModel& model, const Context& call);
std::int64_t leave(SyncModel& model, const Context& call);
/// The kernel takes it out of the queue.
void dies(SyncModel& model, const Context& call);

inline constexpr Queue queue{can_leave, leave, dies};

/// In lock step.
namespace real {
std::size_t pack_comparison(const Context& call, const RealObjects*, std::span<std::byte> room);
void unpack_comparison(Context& call, std::span<std::byte> packed);
inline constexpr Carriage comparison{
    .pack = pack_comparison, .unpack = unpack_comparison, .too_much = "", .when_asked = true};
}  // namespace real

inline constexpr Call rows[] = {
    {.action = Action::futex_wait,
     .told = Told("goes to sleep on"),
     .touches = touches_word_and_queue,
     .enabled = calls::always,
     .perform = wait,
     .narrow = may_forgo_queue,
     .enabling = enables_nothing,
     .ordering = orders_both.but_the_first(2),
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = Real{.asks = calls::asks_always, .carriage = &real::comparison}},
    {.action = Action::futex_awake,
     .told = Told("awakes on", "sleeps on"),
     .touches = calls::touches_wake_up,
     .enabled = can_awake,
     .perform = awake,
     .narrow = calls::does_all,
     .enabling = takes,
     .ordering = acquires,
     .holder = calls::nobody,
     .waiting = Waiting{.has_deadline = has_deadline,
                        .timed_out = -ETIMEDOUT,
                        .interruptible = true,
                        .queue = &queue,
                        .spurious = true},
     .hold = holds_nothing,
     .real = only_modelled},
    {.action = Action::futex_wake,
     .told = Told("wakes sleepers of"),
     .touches = calls::touches_queue,
     .enabled = calls::always,
     .perform = wake,
     .narrow = calls::woke,
     .enabling = gives,
     .ordering = releases.but_the_first(1),
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = only_modelled},
};

inline constexpr Family family{.name = "futex",
                               .calls = rows,
                               .harmless = std::span<const std::string_view>(),
                               .undone_by_end = nullptr,
                               .ends = nullptr,
                               .inherited = nullptr,
                               .forked = nullptr,
                               .real_objects = nullptr};

}  // namespace futex

}  // namespace minusone
