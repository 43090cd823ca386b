#pragma once

#include <sys/mman.h>

#include <array>
#include <climits>
#include <cstdint>
#include <string_view>

#include "stress/sync/family.h"

/// Memory that processes map: anonymous, or an object of shared memory, as mmap(2), mprotect(2),
/// munmap(2), shm_open(3), memfd_create(2), ftruncate(2), fstat(2) and close(2) describe them. An
/// object lies in one place of SyncModel::room(); where each process has that, its machine says. An
/// access beyond the object's last page, to what the process has not mapped, or has mapped for
/// other accesses, is the process's fault (Lent).
///
/// Not modelled, and told by name: an object that one process maps twice, a mapping at an address
/// of the program's own choice, a private mapping of an object, reading and writing by descriptor.
namespace minusone {

/// An object, by its key. Its name is its tail; of one without a name that is empty.
struct MemoryObject {
  static const ObjectKind kind;

  std::uint64_t bytes = 0;   ///< its size
  std::uint64_t offset = 0;  ///< where it lies in the room ...
  std::uint64_t extent = 0;  ///< ... and how many bytes it has there, whole pages; 0: none yet
  std::uint16_t mode = 0;    ///< of its file
};

/// A name, which is its tail.
struct MemoryName {
  static const ObjectKind kind;

  std::uint8_t made = 0;      ///< objects of this name so far
  std::uint8_t leads_to = 0;  ///< which of them, from 1; 0: it was removed
};

/// What a process has open, by number. Under it stands the first descriptor that is its to give.
struct Descriptors {
  static const ObjectKind kind;
  static constexpr int first = 3;
  static constexpr std::size_t most = 18;

  std::array<std::uint64_t, most> object{};  ///< its key; 0: closed
  std::array<std::uint8_t, most> access{};   ///< mapping::may_read, may_write
  std::uint8_t unnamed = 0;                  ///< objects without a name that it has made
};

/// Which pages of the room a process has mapped, a bit each, and for what.
struct MappedPages {
  static const ObjectKind kind;
  static constexpr std::uint64_t most = 64;

  std::uint64_t mapped = 0, readable = 0, writable = 0;
  std::uint64_t never_writable = 0;  ///< what was opened for reading stays so
};

namespace mapping {

inline constexpr std::uint8_t may_read = 1, may_write = 2;

/// Of a call that opens or removes a name.
inline std::string_view name_of(const Context& call) {
  return reinterpret_cast<const char*>(call.a);
}

void touches_name(const Context& call, Step& step);
void touches_name_and_memory(const Context& call, Step& step);
void touches_size(const Context& call, Step& step);
void touches_place(const Context& call, Step& step);
void looks_at_size(const Context& call, Step& step);
std::int64_t open(SyncModel& model, Context& call);
std::int64_t unlink(SyncModel& model, Context& call);
std::int64_t make_unnamed(SyncModel& model, Context& call);
std::int64_t set_size(SyncModel& model, Context& call);
std::int64_t get_size(SyncModel& model, Context& call);
std::int64_t close(SyncModel& model, Context& call);
std::int64_t map(SyncModel& model, Context& call);
std::int64_t unmap(SyncModel& model, Context& call);
std::int64_t protect(SyncModel& model, Context& call);
void forked(SyncModel& model, int parent, int child);
void only_opened(const SyncModel& model, const Context& call, Step& step);
void only_resized(const SyncModel& model, const Context& call, Step& step);
void only_placed(const SyncModel& model, const Context& call, Step& step);
void may_only_look(const SyncModel& model, const Context& call, Step& step);

/// A call that waits for nobody and synchronises no memory (POSIX.1, XBD 4.12).
constexpr Call call_on_memory(Action action, std::string_view told,
                              void (*touches)(const Context&, Step&),
                              std::int64_t (*perform)(SyncModel&, Context&),
                              void (*narrow)(const SyncModel&, const Context&, Step&)) {
  return {.action = action,
          .told = Told(told),
          .touches = touches,
          .enabled = calls::always,
          .perform = perform,
          .narrow = narrow,
          .enabling = enables_nothing,
          .ordering = orders_nothing,
          .holder = calls::nobody,
          .waiting = waits_for_ever,
          .hold = holds_nothing,
          .real = only_on_fibers};
}

inline constexpr Call rows[] = {
    call_on_memory(Action::shm_open, "opens shared memory", touches_name_and_memory, open,
                   only_opened),
    call_on_memory(Action::shm_unlink, "removes the name of shared memory", touches_name, unlink,
                   may_only_look),
    call_on_memory(Action::memfd_create, "makes shared memory", calls::touches_nothing,
                   make_unnamed, calls::does_all),
    call_on_memory(Action::ftruncate, "sets the size of shared memory", touches_size, set_size,
                   only_resized),
    call_on_memory(Action::fstat, "looks at the size of shared memory", looks_at_size, get_size,
                   calls::does_all),
    call_on_memory(Action::close, "closes shared memory", calls::touches_nothing, close,
                   calls::does_all),
    call_on_memory(Action::mmap, "maps shared memory", touches_place, map, only_placed),
    call_on_memory(Action::munmap, "unmaps shared memory", calls::touches_nothing, unmap,
                   calls::does_all),
    call_on_memory(Action::mprotect, "protects shared memory", calls::touches_nothing, protect,
                   calls::does_all),
};

inline constexpr std::string_view of_processes[] = {"shm_open", "memfd_create"};

inline constexpr Family family{.name = "shared memory",
                               .calls = rows,
                               .harmless = std::span<const std::string_view>(),
                               .undone_by_end = nullptr,
                               .ends = nullptr,
                               .inherited = nullptr,
                               .forked = forked,
                               .real_objects = nullptr,
                               .of_processes = of_processes};

}  // namespace mapping

}  // namespace minusone
