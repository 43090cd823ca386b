#include "stress/watch/runtime.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "stress/watch/real_calls.h"

namespace minusone::watch {

Process here;
constinit thread_local Self me __attribute__((tls_model("initial-exec")));

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

thread_local bool is_without_slot __attribute__((tls_model("initial-exec"))) = false;

[[noreturn]] void refuse(const char* path, const char* why) {
  std::fprintf(stderr,
               "minusone watch: %s in %s: %s; start the program by `minusone watch`, or without "
               "the variable to run unwatched\n",
               path, arena_variable, why);
  _exit(4);
}

unsigned new_process(Arena& arena) {
  const RobustGuard guard(arena.processes_lock);
  const unsigned used = arena.processes_used.load();
  unsigned number = used;
  if (used == Arena::most_processes) {
    for (number = 0; number < used; ++number) {
      if (living_since(arena.processes[number].pid.load()) == 0) break;
    }
    if (number == used) number = used - 1;
  }
  arena.processes_met.fetch_add(1);
  ProcessInfo& info = arena.processes[number];
  info.pid.store(getpid());
  info.parent.store(0);
  std::snprintf(info.name, sizeof info.name, "%s", program_invocation_short_name);
  if (number == used) arena.processes_used.store(used + 1);
  return number;
}

/// A program that another has started without fork(2), or by a shell, comes after what that one did
/// before.
void descend_from_who_spawned(Arena& arena) {
  pid_t ancestor = getpid();
  for (int generation = 0; generation < 8; ++generation) {
    ancestor = parent_of(ancestor);
    if (ancestor <= 1) return;
    bool is_watched = false;
    for (const Slot& slot : arena.slots) {
      if (slot.state.load() == Slot::unused ||
          arena.processes[slot.process.load()].pid.load() != ancestor)
        continue;
      is_watched = true;
      arena.processes[here.number].parent.store(slot.process.load() + 1);
      me.acquire(slot.spawned);
    }
    if (is_watched) return;
  }
}

Clock known_at_fork[max_slots];

void before_fork() {
  if (here.arena == nullptr) return;
  here.lock.lock();
  tell_clock(known_at_fork);
}

void after_fork_in_parent() {
  if (here.arena == nullptr) return;
  here.lock.unlock();
  if (!self().is_there()) return;
  self().is_doing(Doing::forks, 0);
  self().tick();
}

void after_fork_in_child() {
  if (here.arena == nullptr) return;
  here.lock.unlock();
  forget_own_tid();
  here.number = new_process(*here.arena);
  here.segments.is_now_of(here.number);
  begin_thread(known_at_fork);
}

__attribute__((constructor(101))) void begin_early() { begin_watch(); }

}  // namespace

void begin_watch() noexcept {
  static bool has_begun = false;
  if (has_begun) return;
  has_begun = true;
  const char* const path = std::getenv(arena_variable);
  if (path == nullptr || *path == '\0') return;
  const int file = static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC));
  if (file < 0) refuse(path, "what the programs share cannot be opened, its owner has ended");
  void* const at = MINUSONE_REAL(mmap)(nullptr, Arena::size, PROT_READ | PROT_WRITE,
                                       MAP_SHARED | MAP_NORESERVE, file, 0);
  syscall(SYS_close, file);
  if (at == MAP_FAILED) refuse(path, "64 GiB of address space for the shadow are not to be had");
  auto* const arena = static_cast<Arena*>(at);
  if (arena->form != Arena::of_this_form)
    refuse(path, "expected the shadow of this version: build the program anew");
  madvise(at, Arena::size, MADV_DONTDUMP);
  here.number = new_process(*arena);
  here.segments.begin(*arena, here.number);
  here.arena = arena;
  find_modules();
  // One that calls exec goes on: what it did before happens before what its new program does.
  me = slot_from_before(*arena);
  if (me.is_there()) {
    me.slot().process.store(here.number);
  } else {
    begin_thread(nullptr);
    if (me.is_there()) descend_from_who_spawned(*arena);
  }
  pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

void begin_thread(const Clock* known) noexcept {
  me = take_slot(*here.arena, here.number);
  is_without_slot = !me.is_there();
  if (is_without_slot) {
    here.arena->unwatched.fetch_add(1);
    return;
  }
  me.slot().handle.store(pthread_self());
  me.is_doing(Doing::begins, 0);
  if (known == nullptr) return;
  if (known[me.number()] < me.slot().born.load(relaxed))
    me.slot().known_of_former.store(known[me.number()], relaxed);
  for (unsigned i = 0; i < max_slots; ++i) {
    if (i != me.number() && known[i] > me.slot().clock.at[i].load(relaxed))
      me.slot().clock.at[i].store(known[i], relaxed);
  }
}

void end_thread() noexcept {
  if (me.is_there()) end_slot(me);
  me = Self();
  is_without_slot = true;
}

void tell_clock(Clock* known) noexcept {
  const Self& mine = self();
  for (unsigned i = 0; i < max_slots; ++i)
    known[i] = mine.is_there() ? mine.slot().clock.at[i].load(relaxed) : 0;
}

const Self& self() noexcept {
  if (me.is_there() || is_without_slot || here.arena == nullptr) return me;
  // A thread that was made where nobody told us: it comes after all that its process has done.
  begin_thread(nullptr);
  if (!me.is_there()) return me;
  for (const Slot& slot : here.arena->slots) {
    if (slot.state.load() != Slot::unused && slot.process.load() == here.number)
      me.acquire(slot.clock);
  }
  return me;
}

void touch(std::uintptr_t address, std::size_t size, bool is_write, bool is_atomic,
           const void* call) noexcept {
  if (size == 0 || (!here.segments.may_hold(address) &&
                    (size <= 16 || !here.segments.may_hold(address + size - 1))))
    return;
  const Self& mine = self();
  if (!mine.is_there()) return;
  const Site site = site_of(call);
  const auto is_ordered = [&mine](Epoch old) { return mine.is_ordered(old); };
  Place place;
  for (const std::uintptr_t end = address + size; address < end;) {
    const std::uintptr_t in_granule = address % Granule::bytes;
    const std::size_t room = Granule::bytes - in_granule;
    const std::size_t bytes = end - address < room ? end - address : room;
    if (place.left == 0) place = here.segments.find(address);
    if (place.granule != nullptr) {
      const auto mask = static_cast<std::uint8_t>(((1U << bytes) - 1) << in_granule);
      const Epoch now = mine.epoch(is_write, is_atomic, mask);
      const bool all_kept = access(*place.granule, now, site, is_ordered, [&](Epoch old, Site its) {
        report(mine, place, now, site, old, its);
      });
      if (!all_kept) here.arena->forgotten.fetch_add(1, relaxed);
      ++place.granule;
      place.offset += bytes;
      place.left -= bytes;
    }
    address += bytes;
  }
}

void touch_word(std::uintptr_t address, std::size_t size, bool is_write,
                const void* call) noexcept {
  if (!me.is_there() && !self().is_there()) return;
  const Self mine = me;
  Granule* const granule = here.segments.granule_of(address);
  if (granule == nullptr) return;
  const auto bytes = static_cast<std::uint8_t>(((1U << size) - 1) << address % Granule::bytes);
  const Epoch now = mine.epoch(is_write, false, bytes);
  // Mostly the thread's own last access has met whatever this one would.
  const Epoch last = granule->entry[0].load();
  if (last.is_of_same_time(now) && covers(last, now)) return;
  const Site site = site_of(call);
  const bool all_kept = access(
      *granule, now, site, [&mine](Epoch old) { return mine.is_ordered(old); },
      [&](Epoch old, Site its) { report(mine, here.segments.find(address), now, site, old, its); });
  if (!all_kept) here.arena->forgotten.fetch_add(1, relaxed);
}

void releases_at(SyncObject* sync, Doing what, const void* call) noexcept {
  const Self& mine = self();
  if (sync == nullptr || !mine.is_there()) return;
  {
    const RobustGuard guard(sync->lock);
    release(mine, *sync);
  }
  mine.is_doing(what, site_of(call));
  mine.tick();
}

void acquires_at(SyncObject* sync, Doing what, const void* call) noexcept {
  const Self& mine = self();
  if (sync == nullptr || !mine.is_there()) return;
  {
    const RobustGuard guard(sync->lock);
    acquire(mine, *sync);
  }
  mine.is_doing(what, site_of(call));
}

}  // namespace minusone::watch
