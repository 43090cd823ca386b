#pragma once

#include <cerrno>

#include "stress/sync/semaphore/named.h"

/// POSIX semaphores, as sem_overview(7) describes them. Those with names: named.h.
namespace minusone {

struct Semaphore {
  static const ObjectKind kind;

  int value = 0;
  Life life;

  /// As struct new_sem begins (glibc, internaltypes.h).
  struct Bytes {
    std::uint32_t value;
    std::uint32_t waiters;
    std::int32_t futexes;
    bool operator==(const Bytes&) const = default;
  };
  static Semaphore of(const Bytes& bytes);
  Bytes bytes() const;
};

namespace semaphore {

bool can_take(const SyncModel& model, const Context& call);
bool can_take_in_time(const SyncModel& model, const Context& call);
std::int64_t initialise(SyncModel& model, Context& call);
std::int64_t destroy(SyncModel& model, Context& call);
std::int64_t take(SyncModel& model, Context& call);
std::int64_t try_to_take(SyncModel& model, Context& call);
std::int64_t take_in_time(SyncModel& model, Context& call);
std::int64_t post(SyncModel& model, Context& call);
std::int64_t get_value(SyncModel& model, Context& call);
/// It was refused, or time was over.
void may_only_look(const SyncModel& model, const Context& call, Step& step);
bool has_deadline(const Context& call);

/// In lock step.
std::unique_ptr<RealObjects> real_objects(RunLog& log);
namespace real {
InProcess initialise, destroy, take, try_to_take, take_in_time, post, get_value;
InProcess open, close, unlink;
InController reserve_name;
std::size_t pack_name(const Context& call, const RealObjects*, std::span<std::byte> room);
void unpack_name(Context& call, std::span<std::byte> packed);
inline constexpr Carriage name{pack_name, unpack_name, ""};
}  // namespace real

/// One with a name has no bytes of its own, but its number.
inline void touches(const Context& call, Step& step) {
  step.add(call.a, is_named(call.a) ? bytes_of_one : sizeof(Semaphore::Bytes), true, true);
}

inline constexpr Call rows[] = {
    life_call(Action::sem_init, touches, initialise, made_by_process(real::initialise)),
    life_call(Action::sem_destroy, touches, destroy, made_by_process(real::destroy)),
    {.action = Action::sem_wait,
     .told = Told("takes semaphore"),
     .touches = touches,
     .enabled = can_take,
     .perform = take,
     .narrow = calls::does_all,
     .enabling = takes,
     .ordering = acquires,
     .holder = calls::nobody,
     .waiting = Waiting{.has_deadline = nullptr, .interruptible = true},
     .hold = Hold{.given_back_by = Action::sem_post, .begins_round = true},
     .real = made_by_process(real::take)},
    {.action = Action::sem_trywait,
     .told = Told("tries to take semaphore"),
     .touches = touches,
     .enabled = calls::always,
     .perform = try_to_take,
     .narrow = may_only_look,
     .enabling = enables_nothing,
     .ordering = acquires,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold =
         Hold{.given_back_by = Action::sem_post, .begins_round = true, .only_tries = calls::tries},
     .real = made_by_process(real::try_to_take)},
    {.action = Action::sem_timedwait,
     .told = Told("takes semaphore"),
     .touches = touches,
     .enabled = can_take_in_time,
     .perform = take_in_time,
     .narrow = may_only_look,
     .enabling = takes,
     .ordering = acquires,
     .holder = calls::nobody,
     .waiting =
         Waiting{.has_deadline = has_deadline, .timed_out = -ETIMEDOUT, .interruptible = true},
     .hold = Hold{.given_back_by = Action::sem_post, .only_tries = calls::tries},
     .real = made_by_process(real::take_in_time)},
    {.action = Action::sem_post,
     .told = Told("posts semaphore"),
     .touches = touches,
     .enabled = calls::always,
     .perform = post,
     .narrow = calls::does_all,
     .enabling = gives,
     .ordering = releases,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = made_by_process(real::post)},
    {.action = Action::sem_getvalue,
     .told = Told("synchronises"),
     .touches = touches,
     .enabled = calls::always,
     .perform = get_value,
     .narrow = calls::only_looks,
     .enabling = enables_nothing,
     .ordering = orders_nothing,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = Hold{.only_tries = calls::tries},
     .real = made_by_process(real::get_value)},
    {.action = Action::sem_open,
     .told = Told("opens semaphore"),
     .touches = touches_name_and_all,
     .enabled = calls::always,
     .perform = open,
     .narrow = only_opened,
     .enabling = enables_nothing,
     // None of those that POSIX lets synchronise memory (XBD 4.12), and so are the next two.
     .ordering = orders_nothing,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = Real{.asks = calls::asks_always,
                  .in_process = real::open,
                  .in_controller = real::reserve_name,
                  .carriage = &real::name}},
    {.action = Action::sem_close,
     .told = Told("closes semaphore"),
     .touches = touches_opened,
     .enabled = calls::always,
     .perform = close,
     .narrow = only_closed,
     .enabling = gives,  // to who waits, and has nothing to wait for any more
     .ordering = orders_nothing,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = made_by_process(real::close)},
    {.action = Action::sem_unlink,
     .told = Told("removes the name of semaphore"),
     .touches = touches_name,
     .enabled = calls::always,
     .perform = unlink,
     .narrow = may_only_look,
     .enabling = enables_nothing,
     .ordering = orders_nothing,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = Real{.asks = calls::asks_never, .in_process = real::unlink, .carriage = &real::name}},
};

inline constexpr Family family{.name = "semaphore",
                               .calls = rows,
                               .harmless = std::span<const std::string_view>(),
                               .undone_by_end = nullptr,
                               .ends = nullptr,
                               .inherited = inherited,
                               .forked = forked,
                               .real_objects = real_objects};

}  // namespace semaphore

}  // namespace minusone
