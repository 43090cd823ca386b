// Calls that attach and detach segments: System V's, and what mmap(2) shares.
#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
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

/// A call that changes what is mapped, and what is known of that, are one for the other threads.
class Mapping {
 public:
  Mapping() : guard_(here.lock), error_(errno) {}
  ~Mapping() { errno = error_; }
  void failed() { error_ = errno; }

 private:
  RobustGuard guard_;
  int error_;
};

void* map(void* hint, std::size_t size, int protection, int flags, int file, off_t offset) {
  const auto real = MINUSONE_REAL(mmap);
  if (here.arena == nullptr) return real(hint, size, protection, flags, file, offset);
  Mapping change;
  void* const at = real(hint, size, protection, flags, file, offset);
  if (at == MAP_FAILED) {
    change.failed();
    return at;
  }
  const auto address = reinterpret_cast<std::uintptr_t>(at);
  here.segments.detach(address, size);
  const int sharing = flags & MAP_TYPE;
  if (sharing != MAP_SHARED && sharing != MAP_SHARED_VALIDATE) return at;
  const bool has_file = (flags & MAP_ANONYMOUS) == 0;
  const Identity identity = has_file ? identity_of_file(file) : fresh_identity(*here.arena);
  if (identity.kind != Kind::none)
    here.segments.attach(address, size, identity, has_file ? static_cast<std::uint64_t>(offset) : 0,
                         has_file ? name_of_file(file).text : "");
  return at;
}

}  // namespace

Identity fresh_identity(Arena& arena) noexcept {
  return {Kind::anonymous, 0, arena.anonymous.fetch_add(1) + 1, 0};
}

FileName name_of_file(int file) noexcept {
  char link[32];
  FileName name = {};
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  if (readlink(link, name.text, sizeof name.text - 1) < 0) name.text[0] = '\0';
  return name;
}

Identity identity_of_file(int file) noexcept {
  struct statx is {};
  if (syscall(SYS_statx, file, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &is) != 0 ||
      !S_ISREG(is.stx_mode))
    return {Kind::none, 0, 0, 0};
  const bool tells = (is.stx_mask & STATX_BTIME) != 0;
  return {Kind::file, is.stx_dev_major << 20 | is.stx_dev_minor, is.stx_ino,
          tells
              ? static_cast<std::uint64_t>(is.stx_btime.tv_sec) * 1000000000U + is.stx_btime.tv_nsec
              : 0};
}

}  // namespace minusone::watch

extern "C" {

using namespace minusone::watch;

void* mmap(void* hint, size_t size, int protection, int flags, int file, off_t offset) noexcept {
  return map(hint, size, protection, flags, file, offset);
}
void* mmap64(void* hint, size_t size, int protection, int flags, int file,
             off64_t offset) noexcept {
  return map(hint, size, protection, flags, file, offset);
}

int munmap(void* at, size_t size) noexcept {
  if (here.arena == nullptr) return MINUSONE_REAL(munmap)(at, size);
  Mapping change;
  // Before: another thread may be given the range as soon as it is free.
  here.segments.detach(reinterpret_cast<std::uintptr_t>(at), size);
  const int result = MINUSONE_REAL(munmap)(at, size);
  if (result != 0) change.failed();
  return result;
}

void* mremap(void* at, size_t old_size, size_t size, int flags, ...) noexcept {
  va_list more;
  va_start(more, flags);
  void* const hint = (flags & MREMAP_FIXED) != 0 ? va_arg(more, void*) : nullptr;
  va_end(more);
  if (here.arena == nullptr) return MINUSONE_REAL(mremap)(at, old_size, size, flags, hint);
  Mapping change;
  const Place place = here.segments.find(reinterpret_cast<std::uintptr_t>(at));
  void* const moved = MINUSONE_REAL(mremap)(at, old_size, size, flags, hint);
  if (moved == MAP_FAILED) {
    change.failed();
    return moved;
  }
  if (old_size != 0) here.segments.detach(reinterpret_cast<std::uintptr_t>(at), old_size);
  if (place.granule != nullptr) {
    const Identity identity = here.arena->extents[place.extent].identity;
    here.segments.attach(reinterpret_cast<std::uintptr_t>(moved), size, identity, place.offset);
  }
  return moved;
}

void* shmat(int id, const void* hint, int flags) noexcept {
  if (here.arena == nullptr) return MINUSONE_REAL(shmat)(id, hint, flags);
  Mapping change;
  void* const at = MINUSONE_REAL(shmat)(id, hint, flags);
  shmid_ds is;
  if (at == reinterpret_cast<void*>(-1) || shmctl(id, IPC_STAT, &is) != 0) {
    change.failed();
    return at;
  }
  char key[32] = "";
  if (is.shm_perm.__key != IPC_PRIVATE)
    std::snprintf(key, sizeof key, "key %#x", static_cast<unsigned>(is.shm_perm.__key));
  here.segments.attach(reinterpret_cast<std::uintptr_t>(at), is.shm_segsz,
                       {Kind::system_v, 0, static_cast<std::uint64_t>(id), 0}, 0, key);
  return at;
}

int shmdt(const void* at) noexcept {
  if (here.arena == nullptr) return MINUSONE_REAL(shmdt)(at);
  Mapping change;
  const auto address = reinterpret_cast<std::uintptr_t>(at);
  const Place place = here.segments.find(address);
  const int result = MINUSONE_REAL(shmdt)(at);
  if (result != 0) {
    change.failed();
    return result;
  }
  here.segments.detach(address, here.segments.attached_at(address));
  if (place.granule == nullptr) return result;
  const Identity identity = here.arena->extents[place.extent].identity;
  shmid_ds is;
  if (identity.kind == Kind::system_v &&
      shmctl(static_cast<int>(identity.number), IPC_STAT, &is) != 0)
    Segments::forget(*here.arena, identity);
  return result;
}

int shmctl(int id, int command, shmid_ds* is) noexcept {
  const int result = MINUSONE_REAL(shmctl)(id, command, is);
  if (here.arena == nullptr || command != IPC_RMID || result != 0) return result;
  const int error = errno;
  shmid_ds now;
  const Identity identity{Kind::system_v, 0, static_cast<std::uint64_t>(id), 0};
  if (MINUSONE_REAL(shmctl)(id, IPC_STAT, &now) != 0) Segments::forget(*here.arena, identity);
  errno = error;
  return result;
}

}  // extern "C"
