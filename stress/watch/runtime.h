#pragma once

#include <cstddef>
#include <cstdint>

#include "stress/watch/arena.h"
#include "stress/watch/segments.h"
#include "stress/watch/slots.h"
#include "stress/watch/sync_objects.h"

/// What the runtime keeps in each watched process. It is linked into the program, in the place of
/// the compiler's own (libtsan): no exceptions, nothing of the C++ library that would be linked.
namespace minusone::watch {

struct Process {
  Arena* arena = nullptr;  ///< none: the program was started by itself, and runs as if unwatched
  unsigned number = 0;     ///< its place in Arena::processes
  Segments segments;
  RobustLock lock;  ///< of `segments`, for who changes it, and of what else is this process's own
  std::atomic<bool> has_threads{false};  ///< or had
};
extern Process here;

/// Finds the arena, once. Before the first constructor of the program's own.
void begin_watch() noexcept;

/// The caller's thread, where it has its slot already.
extern constinit thread_local Self me __attribute__((tls_model("initial-exec")));

/// The caller's thread, which gets its slot when it first asks. None: unwatched.
const Self& self() noexcept;
/// A slot for a thread that another has made, or a process that forked.
/// @param known  what its maker knew then
void begin_thread(const Clock* known) noexcept;
void end_thread() noexcept;
/// All that the caller's thread knows, for who it makes.
void tell_clock(Clock* known) noexcept;

/// Executable memory of a file.
struct LoadedCode {
  std::uintptr_t first = 0;
  std::size_t size = 0;
  std::uintptr_t base = 0;
  unsigned module = 0;
};
extern LoadedCode program_code;  ///< the program's own

/// Where an instruction behind a call stands.
Site site_elsewhere(const void* call) noexcept;
inline Site site_of(const void* call) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(call);
  if (address - program_code.first < program_code.size)
    return site_in(program_code.module, address - program_code.base);
  return site_elsewhere(call);
}
void find_modules() noexcept;

/// Where the caller of a function was called.
#define MINUSONE_CALL __builtin_return_address(0)

/// Accesses of bytes that may be shared.
void touch(std::uintptr_t address, std::size_t size, bool is_write, bool is_atomic,
           const void* call) noexcept;
/// A plain access within eight aligned bytes.
void touch_word(std::uintptr_t address, std::size_t size, bool is_write, const void* call) noexcept;
inline void reads(const void* address, std::size_t size, const void* call) noexcept {
  touch(reinterpret_cast<std::uintptr_t>(address), size, false, false, call);
}
inline void writes(const void* address, std::size_t size, const void* call) noexcept {
  touch(reinterpret_cast<std::uintptr_t>(address), size, true, false, call);
}

void report(const Self& self, const Place& place, Epoch now, Site site, Epoch old,
            Site its) noexcept;

/// What hands over order at an address. Null where only one thread can meet it.
SyncObject* sync_of(const void* address) noexcept;
/// The same if there is one already.
SyncObject* known_sync_of(const void* address) noexcept;

/// One end of an edge of happens-before; nothing for null.
void releases_at(SyncObject* sync, Doing what, const void* call) noexcept;
void acquires_at(SyncObject* sync, Doing what, const void* call) noexcept;

}  // namespace minusone::watch
