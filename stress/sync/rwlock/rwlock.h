#pragma once

#include <cerrno>

#include "stress/sync/family.h"

/// Read-write locks, as pthread_rwlock_rdlock(3p) describes them and glibc behaves: readers come
/// before writers, unless PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP was asked for. There a
/// writer that waits keeps later readers out, also one that reads already; its wait is two steps,
/// and a third where its deadline passes.
namespace minusone {

struct ReadWriteLock {
  static const ObjectKind kind;

  std::int8_t writer = -1;
  std::uint8_t kind_of_preference = 0;  ///< PTHREAD_RWLOCK_PREFER_*
  AgentBits arrived = 0;                ///< writers that wait, where they come first
  int readers = 0;
  std::array<std::uint8_t, max_agents> reads{};  ///< how often each agent does
  Life life;

  /// As __pthread_rwlock_arch_t begins (glibc, x86's struct_rwlock.h).
  struct Bytes {
    std::array<std::uint32_t, 6> state;
    std::int32_t writer;
    std::int32_t shared;
    std::array<std::uint32_t, 4> unused;
    std::int32_t flags;
    bool operator==(const Bytes&) const = default;
  };
  static ReadWriteLock of(const Bytes& bytes);
  Bytes bytes() const;
};

namespace rwlock {

/// How long a call waits.
enum class How : std::uint64_t { for_ever, tries, until_past, until_future };
inline How how(const Context& call) { return static_cast<How>(call.b); }

bool can_read(const SyncModel& model, const Context& call);
bool can_write(const SyncModel& model, const Context& call);
std::int64_t read(SyncModel& model, Context& call);
std::int64_t write(SyncModel& model, Context& call);
std::int64_t unlock(SyncModel& model, Context& call);
std::int64_t arrive(SyncModel& model, Context& call);
std::int64_t depart(SyncModel& model, Context& call);
std::int64_t initialise(SyncModel& model, Context& call);
std::int64_t destroy(SyncModel& model, Context& call);
int writer(const SyncModel& model, const Context& call);
/// It was held, or time was over.
void may_only_look(const SyncModel& model, const Context& call, Step& step);

bool only_tries(const Context& call);
bool has_deadline(const Context& call);

/// In lock step. Of one where writers come first the model answers: who waits only tries for the
/// real one, which then knows nothing of writers that wait.
namespace real {
bool writers_come_first(const Context& call, const RealObjects* = nullptr);
InProcess read, write, unlock, initialise, destroy;
}  // namespace real

inline constexpr auto touches = calls::touches_object<sizeof(ReadWriteLock::Bytes)>;

inline constexpr Call rows[] = {
    {.action = Action::rwlock_read,
     .told = Told("synchronises"),
     .touches = touches,
     .enabled = can_read,
     .perform = read,
     .narrow = may_only_look,
     .enabling = takes,
     .ordering = acquires,
     .holder = writer,
     .waiting = Waiting{.has_deadline = has_deadline, .timed_out = ETIMEDOUT},
     .hold = Hold{.given_back_by = Action::rwlock_unlock,
                  .begins_round = true,
                  .only_tries = only_tries},
     .real = Real{.asks = real::writers_come_first, .in_process = real::read}},
    {.action = Action::rwlock_write,
     .told = Told("synchronises"),
     .touches = touches,
     .enabled = can_write,
     .perform = write,
     .narrow = may_only_look,
     .enabling = takes,
     .ordering = acquires,
     .holder = writer,
     .waiting = Waiting{.has_deadline = has_deadline, .timed_out = ETIMEDOUT},
     .hold = Hold{.given_back_by = Action::rwlock_unlock,
                  .begins_round = true,
                  .only_tries = only_tries},
     .real = Real{.asks = real::writers_come_first, .in_process = real::write}},
    {.action = Action::rwlock_unlock,
     .told = Told("synchronises"),
     .touches = touches,
     .enabled = calls::always,
     .perform = unlock,
     .narrow = calls::does_all,
     .enabling = gives,
     .ordering = releases,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = made_by_process(real::unlock)},
    {.action = Action::rwlock_arrive,
     .told = Told("comes to write"),
     .touches = touches,
     .enabled = calls::always,
     .perform = arrive,
     .narrow = calls::does_all,
     .enabling = enables_nothing,
     .ordering = orders_nothing,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = only_modelled},
    {.action = Action::rwlock_depart,
     .told = Told("gives up writing"),
     .touches = touches,
     .enabled = calls::always,
     .perform = depart,
     .narrow = calls::does_all,
     .enabling = gives,
     .ordering = orders_nothing,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = only_modelled},
    life_call(Action::rwlock_init, touches, initialise, made_by_process(real::initialise)),
    life_call(Action::rwlock_destroy, touches, destroy, made_by_process(real::destroy)),
};

inline constexpr Family family{.name = "read-write lock",
                               .calls = rows,
                               .harmless = std::span<const std::string_view>(),
                               .undone_by_end = nullptr,
                               .ends = nullptr,
                               .inherited = nullptr,
                               .forked = nullptr,
                               .real_objects = nullptr};

}  // namespace rwlock

}  // namespace minusone
