#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>

#include "stress/watch/cells.h"
#include "stress/watch/robust_lock.h"

/// All that the programs of one session share of what they are watched by. It lies in a file
/// without a name (memfd_create) that whoever started them holds open, so that nothing of it
/// outlives them. Zeroes are its first state. Each process maps it where it likes: nothing in it is
/// an address.
namespace minusone::watch {

/// Names the file to a program: "/proc/PID/fd/N".
inline constexpr const char* arena_variable = "MINUSONE_WATCH";

struct VectorClock {
  std::atomic<Clock> at[max_slots];
};

/// What a thread has done that orders, for who is told of a race with it. 0: nothing yet.
enum class Doing : std::uint8_t {
  nothing,
  atomic_access,
  fence,
  locks,
  unlocks,
  posts,
  waits,
  operates_set,
  meets_barrier,
  forks,
  waits_for_child,
  creates_thread,
  joins_thread,
  begins,
  sends,
  receives,
};

/// A thread of a process, or who has its place when it is gone.
struct Slot {
  enum State : std::uint32_t { unused, running, ended };

  std::atomic<std::uint32_t> state;
  std::atomic<std::uint32_t> process;  ///< place in Arena::processes
  std::atomic<std::uint32_t> former;   ///< that of who had the slot before
  std::atomic<pid_t> tid;
  std::atomic<std::uint64_t> tid_since;  ///< clock ticks, as /proc/TID/stat tells; tells pids apart
  std::atomic<std::uint64_t> handle;     ///< its pthread_t
  std::atomic<std::uint64_t> order;      ///< of its last change of state, of all slots'
  std::atomic<Clock> born;               ///< accesses before are its forerunner's
  std::atomic<Clock> known_of_former;    ///< up to which the forerunner's happen before its own
  std::atomic<std::uint64_t> doing;      ///< Doing in the upper 8 bits, below the site
  VectorClock clock;
  VectorClock released;  ///< by its last release fence
  VectorClock seen;      ///< by relaxed loads, for its next acquire fence
  VectorClock spawned;   ///< what it knew when it last started a program without fork
  std::atomic<bool> has_released;
  std::atomic<bool> has_seen;
};

/// What hands over order: an atomic, a mutex, a semaphore.
struct SyncObject {
  RobustLock lock;
  std::atomic<std::uint32_t> next_free;   ///< in the list of those nobody uses, + 1
  std::atomic<std::uint32_t> is_of_many;  ///< of all who found no room: it only learns
  std::atomic<std::uint32_t> owner;       ///< slot + 1 of who holds it, of a mutex or for writing
  std::atomic<std::uint64_t> version;     ///< of `clock`
  std::atomic<std::uint64_t> undoes[2];   ///< slots whose death the kernel undoes here, a bit each
  VectorClock clock;
};

/// A program that was started, or became one by exec.
struct ProcessInfo {
  std::atomic<pid_t> pid;
  std::atomic<std::uint32_t> parent;  ///< the watched process that it descends from, + 1
  char name[56];
};

/// A file of code.
struct Module {
  std::atomic<std::uint32_t> is_there;
  char path[508];
};

/// What kind of memory a number names.
enum class Kind : std::uint32_t { none, system_v, file, anonymous };

/// One segment, wherever it is attached.
struct Identity {
  Kind kind;
  std::uint32_t device;  ///< of a file
  std::uint64_t number;  ///< shmid, inode, or a number of the session's own
  std::uint64_t since;   ///< of a file: when it was made, for inodes are used again

  friend bool operator==(const Identity&, const Identity&) = default;
};

/// A piece of a segment, and where its shadow lies in the arena.
struct Extent {
  std::atomic<std::uint32_t> is_used;
  Identity identity;
  char name[64];         ///< for who is told of it: a path, a key; may be empty
  std::uint64_t first;   ///< byte of the segment, a multiple of the page size
  std::uint64_t size;    ///< bytes
  std::uint64_t shadow;  ///< byte of the arena: granules, then an index of a SyncObject for each
  std::atomic<std::uint64_t> holders[16];  ///< a bit for each place in Arena::processes
};

struct FreeShadow {
  std::uint64_t at;
  std::uint64_t size;
};

/// An object that is no memory: a semaphore of a set, a queue.
struct Named {
  std::atomic<std::uint64_t> key;
  std::atomic<std::uint32_t> index;  ///< of its SyncObject, + 1
};

struct ReportSide {
  Epoch epoch;
  Site site;
  std::uint32_t process;
  pid_t tid;
  std::uint64_t doing;
};

/// Which pairs of places were reported.
struct Reported {
  std::atomic<std::uint64_t> key;     ///< a hash of both sides
  std::atomic<std::uint32_t> report;  ///< its place, + 1
};

struct Report {
  std::atomic<std::uint32_t> is_whole;
  std::atomic<std::uint64_t> times;
  Identity identity;
  char name[64];
  std::uint64_t offset;  ///< of the first byte that both touched
  ReportSide mine;       ///< of the access that met the other
  ReportSide other;
};

struct Arena {
  static constexpr std::uint64_t size = std::uint64_t{1} << 36;
  static constexpr std::uint64_t of_this_form = 0x6d696e7573770004;
  static constexpr unsigned most_processes = 1024;
  static constexpr unsigned most_modules = 255;
  static constexpr unsigned most_extents = 512;
  static constexpr unsigned most_named = 4096;
  static constexpr unsigned most_reports = 1024;
  static constexpr unsigned most_syncs = 65536;

  std::uint64_t form;
  RobustLock slots_lock;
  RobustLock segments_lock;
  RobustLock syncs_lock;
  RobustLock processes_lock;

  std::atomic<std::uint32_t> slots_used;  ///< those behind were never used
  std::atomic<std::uint32_t> processes_used;
  std::atomic<std::uint32_t> reports_used;
  std::atomic<std::uint32_t> syncs_used;
  std::atomic<std::uint32_t> syncs_free;  ///< first of the list, + 1
  std::atomic<std::uint32_t> ranges_free;
  std::atomic<std::uint64_t> shadow_top;
  std::atomic<std::uint64_t> order;      ///< of changes of slots' states
  std::atomic<std::uint64_t> anonymous;  ///< numbers given to mappings without a file
  std::atomic<std::uint64_t> forgotten;  ///< accesses that there was no room for
  std::atomic<std::uint64_t> unwatched;  ///< segments and threads that there was no room for
  std::atomic<std::uint64_t> races;
  std::atomic<std::uint64_t> processes_met;  ///< more than have a place at a time

  Slot slots[max_slots];
  ProcessInfo processes[most_processes];
  Module modules[most_modules];
  Extent extents[most_extents];
  FreeShadow free_shadow[most_extents];
  Named named[most_named];
  Reported reported[4 * most_reports];
  Report reports[most_reports];
  SyncObject syncs[most_syncs];  ///< the first is that of all who find no room
};

/// Where shadows begin.
inline constexpr std::uint64_t shadows = (sizeof(Arena) + 0xffff) & ~std::uint64_t{0xffff};

}  // namespace minusone::watch
