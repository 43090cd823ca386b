// Threads, and the objects of pthreads: between processes where they lie in what these share,
// between the threads of one process wherever they lie.
#include <pthread.h>

#include <cerrno>
#include <cstdlib>

#include "stress/watch/real_calls.h"
#include "stress/watch/runtime.h"

namespace minusone::watch {
namespace {

struct Start {
  void* (*function)(void*);
  void* argument;
  Clock known[max_slots];
};

pthread_key_t at_end;

void ends(void*) { end_thread(); }

void* begin_there(void* pointer) {
  auto* const start = static_cast<Start*>(pointer);
  const auto function = start->function;
  auto* const argument = start->argument;
  begin_thread(start->known);
  std::free(start);
  pthread_setspecific(at_end, &at_end);
  return function(argument);
}

/// What those who read hand over, to who writes: an object beside that of the writers.
const void* of_readers(const pthread_rwlock_t* lock) {
  return reinterpret_cast<const char*>(lock) + Granule::bytes;
}

/// After a lock was taken, or not.
int took(pthread_mutex_t* mutex, int error, const void* call) {
  if (here.arena == nullptr || (error != 0 && error != EOWNERDEAD)) return error;
  SyncObject* const sync = sync_of(mutex);
  const Self& mine = self();
  if (sync == nullptr || !mine.is_there()) return error;
  {
    const RobustGuard guard(sync->lock);
    const auto owner = sync->owner.load();
    // The kernel has ended its hold: all that it did comes before.
    if (error == EOWNERDEAD && owner != 0)
      join(mine.arena(), sync->clock, mine.arena().slots[owner - 1].clock);
    sync->owner.store(mine.number() + 1, std::memory_order_relaxed);
    acquire(mine, *sync);
  }
  mine.is_doing(Doing::locks, site_of(call));
  return error;
}

void gives_back(pthread_mutex_t* mutex, const void* call) {
  if (here.arena != nullptr) releases_at(sync_of(mutex), Doing::unlocks, call);
}

int took_to_read(pthread_rwlock_t* lock, int error, const void* call) {
  if (here.arena != nullptr && error == 0) acquires_at(sync_of(lock), Doing::locks, call);
  return error;
}

int took_to_write(pthread_rwlock_t* lock, int error, const void* call) {
  if (here.arena == nullptr || error != 0) return error;
  SyncObject* const sync = sync_of(lock);
  if (sync != nullptr && self().is_there()) sync->owner.store(self().number() + 1);
  acquires_at(sync_of(of_readers(lock)), Doing::locks, call);
  acquires_at(sync, Doing::locks, call);
  return error;
}

}  // namespace
}  // namespace minusone::watch

extern "C" {

using namespace minusone::watch;

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*function)(void*),
                   void* argument) noexcept {
  const auto real = MINUSONE_REAL(pthread_create);
  auto* const start =
      here.arena == nullptr ? nullptr : static_cast<Start*>(std::malloc(sizeof(Start)));
  if (start == nullptr) return real(thread, attributes, function, argument);
  static std::atomic<bool> has_key;
  if (!has_key.exchange(true)) pthread_key_create(&at_end, ends);
  here.has_threads.store(true);
  start->function = function;
  start->argument = argument;
  tell_clock(start->known);
  const int error = real(thread, attributes, begin_there, start);
  if (error != 0) std::free(start);
  if (self().is_there()) {
    self().is_doing(Doing::creates_thread, site_of(MINUSONE_CALL));
    self().tick();
  }
  return error;
}

int pthread_join(pthread_t thread, void** result) {
  const int error = MINUSONE_REAL(pthread_join)(thread, result);
  if (here.arena == nullptr || error != 0 || !self().is_there()) return error;
  const Slot* found = nullptr;
  for (const Slot& slot : here.arena->slots) {
    if (slot.process.load() == here.number && slot.handle.load() == thread &&
        slot.state.load() != Slot::unused &&
        (found == nullptr || slot.order.load() > found->order.load()))
      found = &slot;
  }
  if (found != nullptr) self().acquire(found->clock);
  self().is_doing(Doing::joins_thread, site_of(MINUSONE_CALL));
  return error;
}

int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  return took(mutex, MINUSONE_REAL(pthread_mutex_lock)(mutex), MINUSONE_CALL);
}
int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
  return took(mutex, MINUSONE_REAL(pthread_mutex_trylock)(mutex), MINUSONE_CALL);
}
int pthread_mutex_timedlock(pthread_mutex_t* mutex, const timespec* until) noexcept {
  return took(mutex, MINUSONE_REAL(pthread_mutex_timedlock)(mutex, until), MINUSONE_CALL);
}
int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock,
                            const timespec* until) noexcept {
  return took(mutex, MINUSONE_REAL(pthread_mutex_clocklock)(mutex, clock, until), MINUSONE_CALL);
}
int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
  gives_back(mutex, MINUSONE_CALL);
  return MINUSONE_REAL(pthread_mutex_unlock)(mutex);
}

// A condition orders nothing by itself: its mutex does. glibc keeps functions of these names for
// programs from before 2.3.2, too.
int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  gives_back(mutex, MINUSONE_CALL);
  const auto real = MINUSONE_REAL_OF(pthread_cond_wait, "GLIBC_2.3.2");
  const int error = real(condition, mutex);
  took(mutex, error == EOWNERDEAD ? error : 0, MINUSONE_CALL);
  return error;
}
int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const timespec* until) {
  gives_back(mutex, MINUSONE_CALL);
  const auto real = MINUSONE_REAL_OF(pthread_cond_timedwait, "GLIBC_2.3.2");
  const int error = real(condition, mutex, until);
  took(mutex, error == EOWNERDEAD ? error : 0, MINUSONE_CALL);
  return error;
}
int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const timespec* until) {
  gives_back(mutex, MINUSONE_CALL);
  const int error = MINUSONE_REAL(pthread_cond_clockwait)(condition, mutex, clock, until);
  took(mutex, error == EOWNERDEAD ? error : 0, MINUSONE_CALL);
  return error;
}

int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
  return took_to_read(lock, MINUSONE_REAL(pthread_rwlock_rdlock)(lock), MINUSONE_CALL);
}
int pthread_rwlock_tryrdlock(pthread_rwlock_t* lock) noexcept {
  return took_to_read(lock, MINUSONE_REAL(pthread_rwlock_tryrdlock)(lock), MINUSONE_CALL);
}
int pthread_rwlock_timedrdlock(pthread_rwlock_t* lock, const timespec* until) noexcept {
  return took_to_read(lock, MINUSONE_REAL(pthread_rwlock_timedrdlock)(lock, until), MINUSONE_CALL);
}
int pthread_rwlock_clockrdlock(pthread_rwlock_t* lock, clockid_t clock,
                               const timespec* until) noexcept {
  return took_to_read(lock, MINUSONE_REAL(pthread_rwlock_clockrdlock)(lock, clock, until),
                      MINUSONE_CALL);
}
int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
  return took_to_write(lock, MINUSONE_REAL(pthread_rwlock_wrlock)(lock), MINUSONE_CALL);
}
int pthread_rwlock_trywrlock(pthread_rwlock_t* lock) noexcept {
  return took_to_write(lock, MINUSONE_REAL(pthread_rwlock_trywrlock)(lock), MINUSONE_CALL);
}
int pthread_rwlock_timedwrlock(pthread_rwlock_t* lock, const timespec* until) noexcept {
  return took_to_write(lock, MINUSONE_REAL(pthread_rwlock_timedwrlock)(lock, until), MINUSONE_CALL);
}
int pthread_rwlock_clockwrlock(pthread_rwlock_t* lock, clockid_t clock,
                               const timespec* until) noexcept {
  return took_to_write(lock, MINUSONE_REAL(pthread_rwlock_clockwrlock)(lock, clock, until),
                       MINUSONE_CALL);
}
int pthread_rwlock_unlock(pthread_rwlock_t* lock) noexcept {
  SyncObject* const sync = here.arena == nullptr ? nullptr : sync_of(lock);
  if (sync != nullptr && self().is_there()) {
    const bool is_writer = sync->owner.load() == self().number() + 1;
    if (is_writer) sync->owner.store(0);
    releases_at(is_writer ? sync : sync_of(of_readers(lock)), Doing::unlocks, MINUSONE_CALL);
  }
  return MINUSONE_REAL(pthread_rwlock_unlock)(lock);
}

int pthread_spin_lock(pthread_spinlock_t* lock) noexcept {
  const int error = MINUSONE_REAL(pthread_spin_lock)(lock);
  if (error == 0) acquires_at(sync_of(const_cast<int*>(lock)), Doing::locks, MINUSONE_CALL);
  return error;
}
int pthread_spin_trylock(pthread_spinlock_t* lock) noexcept {
  const int error = MINUSONE_REAL(pthread_spin_trylock)(lock);
  if (error == 0) acquires_at(sync_of(const_cast<int*>(lock)), Doing::locks, MINUSONE_CALL);
  return error;
}
int pthread_spin_unlock(pthread_spinlock_t* lock) noexcept {
  releases_at(sync_of(const_cast<int*>(lock)), Doing::unlocks, MINUSONE_CALL);
  return MINUSONE_REAL(pthread_spin_unlock)(lock);
}

int pthread_barrier_wait(pthread_barrier_t* barrier) noexcept {
  SyncObject* const sync = sync_of(barrier);
  releases_at(sync, Doing::meets_barrier, MINUSONE_CALL);
  const int result = MINUSONE_REAL(pthread_barrier_wait)(barrier);
  acquires_at(sync, Doing::meets_barrier, MINUSONE_CALL);
  return result;
}

}  // extern "C"
