#pragma once

#include "stress/sync/family.h"

/// Read-write locks, as pthread_rwlock_rdlock(3p) describes them and glibc behaves: readers come
/// before writers.
namespace minusone {

struct ReadWriteLock {
  static const ObjectKind kind;

  std::int8_t writer = -1;
  int readers = 0;
};

namespace rwlock {

bool can_read(const SyncModel& model, const Context& call);
bool can_write(const SyncModel& model, const Context& call);
std::int64_t read(SyncModel& model, Context& call);
std::int64_t write(SyncModel& model, Context& call);
std::int64_t unlock(SyncModel& model, Context& call);
std::int64_t forget(SyncModel& model, Context& call);
int writer(const SyncModel& model, const Context& call);
/// It was held, or time was over.
void may_only_look(const SyncModel& model, const Context& call, Step& step);

bool only_tries(const Context& call);

/// In lock step.
namespace real {
InProcess read, write, unlock, forget;
}

inline constexpr auto touches = calls::touches_object<8>;

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
    {.action = Action::rwlock_forget,
     .told = Told("synchronises"),
     .touches = touches,
     .enabled = calls::always,
     .perform = forget,
     .narrow = calls::does_all,
     .enabling = enables_nothing,
     .ordering = orders_both,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = made_by_process(real::forget)},
};

inline constexpr std::string_view harmless[] = {
    "pthread_rwlockattr_init", "pthread_rwlockattr_destroy", "pthread_rwlockattr_setpshared"};

inline constexpr Family family{.name = "read-write lock",
                               .calls = rows,
                               .harmless = harmless,
                               .undone_by_end = nullptr,
                               .ends = nullptr,
                               .inherited = nullptr,
                               .real_objects = nullptr};

}  // namespace rwlock

}  // namespace minusone
