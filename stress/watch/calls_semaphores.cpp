// Semaphores of both kinds.
#include <fcntl.h>
#include <semaphore.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>

#include "stress/watch/identities.h"
#include "stress/watch/real_calls.h"
#include "stress/watch/runtime.h"

namespace minusone::watch {
namespace {

constexpr std::size_t page = 4096;

/// What an operation of a set hands over. Those that wait for zero wait for who took.
SyncObject* of_set(int set, unsigned number, bool is_of_zero) {
  if (here.arena == nullptr) return nullptr;
  return &sync_named(*here.arena, std::uint64_t{1} << 63 | std::uint64_t{is_of_zero} << 62 |
                                      std::uint64_t(static_cast<unsigned>(set)) << 20 | number);
}

void undoes(SyncObject* sync, bool does) {
  const Self& mine = self();
  if (sync == nullptr || !mine.is_there()) return;
  const auto bit = std::uint64_t{1} << mine.number() % 64;
  auto& word = sync->undoes[mine.number() / 64];
  if (does) {
    word.fetch_or(bit);
  } else {
    word.fetch_and(~bit);
  }
}

bool others_undo(const SyncObject& sync) {
  const Self& mine = self();
  for (unsigned word = 0; word < 2; ++word) {
    auto left = sync.undoes[word].load();
    if (mine.is_there() && word == mine.number() / 64)
      left &= ~(std::uint64_t{1} << mine.number() % 64);
    if (left != 0) return true;
  }
  return false;
}

int operate(int set, sembuf* operations, std::size_t count, const timespec* wait,
            const void* call) {
  const auto real = MINUSONE_REAL(semtimedop);
  if (here.arena == nullptr || !self().is_there()) return real(set, operations, count, wait);
  for (std::size_t i = 0; i < count; ++i) {
    const auto& one = operations[i];
    if (one.sem_op > 0) releases_at(of_set(set, one.sem_num, false), Doing::operates_set, call);
    if (one.sem_op < 0) releases_at(of_set(set, one.sem_num, true), Doing::operates_set, call);
    // Before: who is killed behind the kernel's answer must have left a word.
    if (one.sem_op < 0 && (one.sem_flg & SEM_UNDO) != 0)
      undoes(of_set(set, one.sem_num, false), true);
  }
  const int result = real(set, operations, count, wait);
  const int error = errno;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& one = operations[i];
    const bool gives = one.sem_op > 0, takes = one.sem_op < 0;
    SyncObject* const sync = of_set(set, one.sem_num, false);
    // Given back, or never had.
    if ((one.sem_flg & SEM_UNDO) != 0 && (result == 0 ? gives : takes)) undoes(sync, false);
    if (result != 0 || gives) continue;
    if (others_undo(*sync)) {
      const RobustGuard guard(sync->lock);
      inherit_from_dead(*here.arena, *sync);
    }
    acquires_at(takes ? sync : of_set(set, one.sem_num, true), Doing::operates_set, call);
    if (!takes) acquires_at(sync, Doing::operates_set, call);
  }
  errno = error;
  return result;
}

/// Semaphores that have a name, and so a file that the library maps by itself.
struct Opened {
  std::uintptr_t address;
  unsigned times;
};
Opened opened[64];

void attach_named(sem_t* semaphore, const char* name) {
  const RobustGuard guard(here.lock);
  const auto address = reinterpret_cast<std::uintptr_t>(semaphore);
  Opened* unused = nullptr;
  for (auto& one : opened) {
    if (one.times != 0 && one.address == address) {
      ++one.times;
      return;
    }
    if (one.times == 0) unused = &one;
  }
  char path[512];
  std::snprintf(path, sizeof path, "/dev/shm/sem.%s", name + (*name == '/'));
  const int file = static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC));
  if (file < 0) return;
  const Identity identity = identity_of_file(file);
  syscall(SYS_close, file);
  if (identity.kind == Kind::none || unused == nullptr) return;
  here.segments.attach(address & ~(page - 1), page, identity, 0);
  *unused = {address, 1};
}

void detach_named(const sem_t* semaphore) {
  const RobustGuard guard(here.lock);
  const auto address = reinterpret_cast<std::uintptr_t>(semaphore);
  for (auto& one : opened) {
    if (one.times == 0 || one.address != address) continue;
    if (--one.times == 0) here.segments.detach(address & ~(page - 1), page);
  }
}

int waited(sem_t* semaphore, int result, const void* call) {
  if (here.arena == nullptr || result != 0) return result;
  acquires_at(sync_of(semaphore), Doing::waits, call);
  return result;
}

}  // namespace
}  // namespace minusone::watch

extern "C" {

using namespace minusone::watch;

sem_t* sem_open(const char* name, int flags, ...) noexcept {
  va_list more;
  va_start(more, flags);
  const bool makes = (flags & O_CREAT) != 0;
  const mode_t mode = makes ? va_arg(more, mode_t) : 0;
  const unsigned value = makes ? va_arg(more, unsigned) : 0;
  va_end(more);
  sem_t* const semaphore = MINUSONE_REAL(sem_open)(name, flags, mode, value);
  const int error = errno;
  if (here.arena != nullptr && semaphore != SEM_FAILED) attach_named(semaphore, name);
  errno = error;
  return semaphore;
}
int sem_close(sem_t* semaphore) noexcept {
  if (here.arena != nullptr) detach_named(semaphore);
  return MINUSONE_REAL(sem_close)(semaphore);
}
int sem_post(sem_t* semaphore) noexcept {
  if (here.arena != nullptr) releases_at(sync_of(semaphore), Doing::posts, MINUSONE_CALL);
  return MINUSONE_REAL(sem_post)(semaphore);
}
int sem_wait(sem_t* semaphore) {
  return waited(semaphore, MINUSONE_REAL(sem_wait)(semaphore), MINUSONE_CALL);
}
int sem_trywait(sem_t* semaphore) noexcept {
  return waited(semaphore, MINUSONE_REAL(sem_trywait)(semaphore), MINUSONE_CALL);
}
int sem_timedwait(sem_t* semaphore, const timespec* until) {
  return waited(semaphore, MINUSONE_REAL(sem_timedwait)(semaphore, until), MINUSONE_CALL);
}
int sem_clockwait(sem_t* semaphore, clockid_t clock, const timespec* until) {
  return waited(semaphore, MINUSONE_REAL(sem_clockwait)(semaphore, clock, until), MINUSONE_CALL);
}

int semop(int set, sembuf* operations, size_t count) noexcept {
  return operate(set, operations, count, nullptr, MINUSONE_CALL);
}
int semtimedop(int set, sembuf* operations, size_t count, const timespec* wait) noexcept {
  return operate(set, operations, count, wait, MINUSONE_CALL);
}

int semctl(int set, int number, int command, ...) noexcept {
  va_list more;
  va_start(more, command);
  void* const argument = va_arg(more, void*);  // a union of no more than a pointer; or nothing
  va_end(more);
  const auto of_all = [&](auto use) {
    semid_ds is = {};
    if (MINUSONE_REAL(semctl)(set, 0, IPC_STAT, &is) != 0) return;
    for (unsigned i = 0; i < is.sem_nsems; ++i) use(i);
  };
  const auto released = [&](unsigned of) {
    releases_at(of_set(set, of, false), Doing::operates_set, MINUSONE_CALL);
    releases_at(of_set(set, of, true), Doing::operates_set, MINUSONE_CALL);
  };
  const auto acquired = [&](unsigned of) {
    acquires_at(of_set(set, of, false), Doing::operates_set, MINUSONE_CALL);
    acquires_at(of_set(set, of, true), Doing::operates_set, MINUSONE_CALL);
  };
  if (here.arena != nullptr && command == SETVAL) released(static_cast<unsigned>(number));
  if (here.arena != nullptr && command == SETALL) of_all(released);
  const int result = MINUSONE_REAL(semctl)(set, number, command, argument);
  const int error = errno;
  // A value that was looked at is one that was waited for, in a loop.
  if (here.arena != nullptr && result >= 0 && command == GETVAL)
    acquired(static_cast<unsigned>(number));
  if (here.arena != nullptr && result >= 0 && command == GETALL) of_all(acquired);
  errno = error;
  return result;
}

}  // extern "C"
