#pragma once

#include <pthread.h>

#include <cerrno>

#include "stress/sync/family.h"
#include "stress/sync/life.h"

/// Mutexes of all types, as pthread_mutex_lock(3p) describes them and glibc behaves.
namespace minusone {

namespace mutex {

// What __kind holds: the type, PTHREAD_MUTEX_ROBUST_NORMAL_NP, and further flags that change
// nothing here (priorities, elision); -1 once destroyed (glibc, nptl/pthreadP.h).
inline constexpr std::int32_t robust_bit = 16, shared_bit = 128, glibcs_mark = -1;
inline constexpr std::int32_t owner_died_bit = 0x4000'0000;
inline constexpr std::int32_t owner_is_gone = 0x7fff'ffff, owner_is_lost = 0x7fff'fffe;

}  // namespace mutex

struct Mutex {
  static const ObjectKind kind;
  std::int8_t owner = -1;
  bool robust = false;
  bool owner_died = false;
  bool not_recoverable = false;
  int type = PTHREAD_MUTEX_NORMAL;
  int depth = 0;
  Life life;

  /// As __pthread_mutex_s begins (glibc, struct_mutex.h).
  struct Bytes {
    std::int32_t lock;
    std::uint32_t count;
    std::int32_t owner;
    std::uint32_t users;
    std::int32_t kind;
    bool operator==(const Bytes&) const = default;
  };
  static Mutex of(const Bytes& bytes);
  static Mutex unseen(const Bytes& bytes);
  /// Held against the object's own at each look at it.
  Bytes bytes() const {
    const bool is_free = owner < 0;
    Bytes bytes{
        .lock = is_free  ? 0
                : robust ? thread_id_of(owner)
                         : 1,
        .count = static_cast<std::uint32_t>(depth),
        .owner = thread_id_of(owner),
        .users = is_free ? 0U : 1U,
        .kind = type | (robust ? mutex::robust_bit : 0) | (life.shared ? mutex::shared_bit : 0)};
    if (owner_died && is_free) bytes.lock = mutex::owner_died_bit;
    if (owner_died) bytes.owner = mutex::owner_is_gone;
    if (not_recoverable) bytes.owner = mutex::owner_is_lost;
    if (life.stage == Life::Stage::destroyed) bytes.kind = mutex::glibcs_mark;
    return bytes;
  }
};

namespace mutex {

/// Whether locking it would not wait.
bool is_free(const SyncModel& model, std::uint64_t address, int agent);
/// For the call, of the mutex at that address. @return 0 or the errno, as the functions of pthread
std::int64_t lock_at(SyncModel& model, const Context& call, std::uint64_t address, bool only_try);
std::int64_t unlock_at(SyncModel& model, const Context& call, std::uint64_t address);

bool can_lock(const SyncModel& model, const Context& call);
bool can_lock_in_time(const SyncModel& model, const Context& call);
std::int64_t initialise(SyncModel& model, Context& call);
std::int64_t destroy(SyncModel& model, Context& call);
std::int64_t lock(SyncModel& model, Context& call);
std::int64_t try_lock(SyncModel& model, Context& call);
std::int64_t lock_in_time(SyncModel& model, Context& call);
std::int64_t unlock(SyncModel& model, Context& call);
std::int64_t make_consistent(SyncModel& model, Context& call);
/// It was held, or time was over.
void may_only_look(const SyncModel& model, const Context& call, Step& step);
/// -1: nobody.
int holder_of(const SyncModel& model, std::uint64_t address);
int holder(const SyncModel& model, const Context& call);
bool has_deadline(const Context& call);

void undone_by_end(const SyncModel& model, int agent, UndoneByEnd& undone);
void ends(SyncModel& model, int agent);

/// In lock step.
std::unique_ptr<RealObjects> real_objects(RunLog& log);
namespace real {
/// Nothing where it would wait.
std::optional<std::int64_t> lock_at(std::uint64_t address);
std::int64_t unlock_at(std::uint64_t address);
InProcess initialise, destroy, lock, try_lock, lock_in_time, unlock, make_consistent;
}  // namespace real

inline constexpr auto touches = calls::touches_object<sizeof(pthread_mutex_t)>;

inline constexpr Call rows[] = {
    life_call(Action::mutex_init, touches, initialise, made_by_process(real::initialise)),
    life_call(Action::mutex_destroy, touches, destroy, made_by_process(real::destroy)),
    {.action = Action::mutex_lock,
     .told = Told("locks"),
     .touches = touches,
     .enabled = can_lock,
     .perform = lock,
     .narrow = calls::does_all,
     .enabling = takes,
     .ordering = acquires,
     .holder = holder,
     .waiting = waits_for_ever,
     .hold = Hold{.given_back_by = Action::mutex_unlock, .begins_round = true},
     .real = made_by_process(real::lock)},
    {.action = Action::mutex_trylock,
     .told = Told("tries to lock"),
     .touches = touches,
     .enabled = calls::always,
     .perform = try_lock,
     .narrow = may_only_look,
     .enabling = enables_nothing,
     .ordering = acquires,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = Hold{.given_back_by = Action::mutex_unlock,
                  .begins_round = true,
                  .only_tries = calls::tries},
     .real = made_by_process(real::try_lock)},
    {.action = Action::mutex_timedlock,
     .told = Told("locks"),
     .touches = touches,
     .enabled = can_lock_in_time,
     .perform = lock_in_time,
     .narrow = may_only_look,
     .enabling = takes,
     .ordering = acquires,
     .holder = calls::nobody,
     .waiting = Waiting{.has_deadline = has_deadline, .timed_out = ETIMEDOUT},
     .hold = Hold{.given_back_by = Action::mutex_unlock, .only_tries = calls::tries},
     .real = made_by_process(real::lock_in_time)},
    {.action = Action::mutex_unlock,
     .told = Told("unlocks"),
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
    {.action = Action::mutex_consistent,
     .told = Told("synchronises"),
     .touches = touches,
     .enabled = calls::always,
     .perform = make_consistent,
     .narrow = calls::does_all,
     .enabling = enables_nothing,
     .ordering = orders_both,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = made_by_process(real::make_consistent)},
};

inline constexpr Family family{.name = "mutex",
                               .calls = rows,
                               .harmless = std::span<const std::string_view>(),
                               .undone_by_end = undone_by_end,
                               .ends = ends,
                               .inherited = nullptr,
                               .forked = nullptr,
                               .real_objects = real_objects};

}  // namespace mutex

}  // namespace minusone
