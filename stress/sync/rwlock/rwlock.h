#pragma once

#include "stress/sync/family.h"

/// Read-write locks, as pthread_rwlock_rdlock(3p) describes them and glibc behaves: readers come
/// before writers, unless PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP was asked for. There a
/// writer that waits keeps later readers out, also one that reads already; its wait is two steps.
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

bool can_read(const SyncModel& model, const Context& call);
bool can_write(const SyncModel& model, const Context& call);
std::int64_t read(SyncModel& model, Context& call);
std::int64_t write(SyncModel& model, Context& call);
std::int64_t unlock(SyncModel& model, Context& call);
std::int64_t arrive(SyncModel& model, Context& call);
std::int64_t initialise(SyncModel& model, Context& call);
std::int64_t destroy(SyncModel& model, Context& call);
int writer(const SyncModel& model, const Context& call);
/// It was held, or time was over.
void may_only_look(const SyncModel& model, const Context& call, Step& step);

bool only_tries(const Context& call);

/// In lock step.
namespace real {
InProcess read, write, unlock, initialise, destroy;
}

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
     .waiting = waits_for_ever,
     .hold = Hold{.given_back_by = Action::rwlock_unlock,
                  .begins_round = true,
                  .only_tries = only_tries},
     .real = made_by_process(real::read)},
    {.action = Action::rwlock_write,
     .told = Told("synchronises"),
     .touches = touches,
     .enabled = can_write,
     .perform = write,
     .narrow = may_only_look,
     .enabling = takes,
     .ordering = acquires,
     .holder = writer,
     .waiting = waits_for_ever,
     .hold = Hold{.given_back_by = Action::rwlock_unlock,
                  .begins_round = true,
                  .only_tries = only_tries},
     .real = made_by_process(real::write)},
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
    {.action = Action::rwlock_init,
     .told = Told("synchronises"),
     .touches = touches,
     .enabled = calls::always,
     .perform = initialise,
     .narrow = calls::does_all,
     .enabling = enables_nothing,
     .ordering = orders_both,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = made_by_process(real::initialise)},
    {.action = Action::rwlock_destroy,
     .told = Told("synchronises"),
     .touches = touches,
     .enabled = calls::always,
     .perform = destroy,
     .narrow = calls::does_all,
     .enabling = enables_nothing,
     .ordering = orders_both,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = made_by_process(real::destroy)},
};

inline constexpr std::string_view harmless[] = {
    "pthread_rwlockattr_init",       "pthread_rwlockattr_destroy",
    "pthread_rwlockattr_setpshared", "pthread_rwlockattr_getpshared",
    "pthread_rwlockattr_setkind_np", "pthread_rwlockattr_getkind_np"};

inline constexpr Family family{.name = "read-write lock",
                               .calls = rows,
                               .harmless = harmless,
                               .undone_by_end = nullptr,
                               .ends = nullptr,
                               .inherited = nullptr,
                               .real_objects = nullptr};

}  // namespace rwlock

}  // namespace minusone
