// Memory that processes map. The engine keeps its state (objects.cpp, mapping.cpp); what only its
// own process can see is a block of the heap, at a page's start.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdarg>

#include "stress/instrument/heap_block.h"
#include "stress/instrument/runtime.h"
#include "stress/sync/mapping/mapping.h"
#include "stress/sync/semaphore/named.h"

using namespace minusone;
using namespace minusone::runtime;

extern "C" void* minusone_rt_aligned_alloc(std::size_t alignment, std::size_t bytes);
extern "C" void minusone_rt_free(void* at);

namespace {

using minusone::page;

constexpr int types = 0x0f;  // MAP_TYPE

void of_processes_only(const char* call) {
  if (are_threads()) not_modelled(call);
}

/// A name as the model takes it. @return its start; null, with errno: glibc or the kernel refuses
/// it
const char* read_name(const char* name) {
  constexpr std::size_t most = 4096;
  const std::size_t length = announced_length(name, most);
  const auto its = semaphore::without_slashes({name, length});
  if (its == "." || its == "..") not_modelled("shm_open() of a folder is not modelled");
  if (!semaphore::is_no_file(its)) return its.data();
  // None that is made: the real call says how such a name is refused.
  const int real = shm_open(name, O_RDONLY, 0);
  if (real >= 0) close(real);
  return nullptr;
}

/// Where all that is shared lies, for steps.
std::uint64_t room() {
  return address(reinterpret_cast<const void*>(minusone_runtime->shared[0].base));
}

bool lies_in_room(const void* at) {
  const SharedRange& room = minusone_runtime->shared[0];
  return !are_threads() && reinterpret_cast<std::uintptr_t>(at) - room.base < room.bytes;
}

void* refused(int error) {
  errno = error;
  return MAP_FAILED;
}

/// Nobody else can know of it, or agents are threads: memory like malloc()'s, zeroed.
void* map_own(std::size_t bytes, int protection) {
  if (bytes == 0) return refused(EINVAL);
  if (bytes > 0x7fff'ffff'f000) return refused(ENOMEM);
  if ((protection & PROT_WRITE) == 0)
    not_modelled("mmap() of private memory that may not be written is not modelled");
  void* const at = minusone_rt_aligned_alloc(page, whole_pages(bytes));
  if (at == nullptr) return refused(ENOMEM);
  std::memset(at, 0, whole_pages(bytes));
  return at;
}

/// A block of map_own()'s that begins there and has so many bytes; null: there is none.
const HeapBlock* own_mapping(const void* at, std::size_t bytes) {
  const auto place = reinterpret_cast<std::uintptr_t>(at);
  const Heaps& heaps = minusone_runtime->heaps;
  if (place - heaps.base >= heaps.bytes) return nullptr;
  const HeapBlock* const block = block_at(heaps, place);
  const bool is_it = block != nullptr && block->state == HeapBlock::in_use &&
                     block->start() == place && block->bytes == whole_pages(bytes);
  return is_it ? block : nullptr;
}

int of_pages(Action action, void* at, std::size_t bytes, std::uint64_t c, const char* elsewhere) {
  const bool is_page = reinterpret_cast<std::uintptr_t>(at) % page == 0;
  if (is_page && !lies_in_room(at)) not_modelled(elsewhere);
  return result_or_errno(announce(code_of(action), address(at), bytes, c));
}

}  // namespace

MINUSONE_HOOK int minusone_rt_shm_open(const char* name, int flags, mode_t mode) {
  MINUSONE_CALLED_HERE;
  of_processes_only(
      "shm_open() in a program that has threads is not modelled: malloc() gives them memory");
  if ((flags & ~(O_CREAT | O_EXCL | O_TRUNC | O_ACCMODE | O_CLOEXEC)) != 0 ||
      (flags & O_ACCMODE) == O_ACCMODE)
    not_modelled("shm_open() is modelled for O_RDONLY, O_RDWR, O_CREAT, O_EXCL and O_TRUNC only");
  const char* const its = read_name(name);
  if (its == nullptr) return -1;
  return result_or_errno(announce(code_of(Action::shm_open), address(its),
                                  static_cast<std::uint64_t>(flags), mode, room(),
                                  minusone_runtime->shared[0].bytes));
}
MINUSONE_HOOK int minusone_rt_shm_unlink(const char* name) {
  MINUSONE_CALLED_HERE;
  of_processes_only("shm_unlink() in a program that has threads is not modelled");
  const char* const its = read_name(name);
  if (its == nullptr) {
    errno = errno == EINVAL ? ENOENT : errno;  // glibc: no such name
    return -1;
  }
  return result_or_errno(announce(code_of(Action::shm_unlink), address(its)));
}
MINUSONE_HOOK int minusone_rt_memfd_create(const char*, unsigned flags) {
  MINUSONE_CALLED_HERE;
  of_processes_only("memfd_create() in a program that has threads is not modelled");
  if ((flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING)) != 0)
    not_modelled("memfd_create() is modelled without flags, and with MFD_CLOEXEC");
  return result_or_errno(announce(code_of(Action::memfd_create)));
}
MINUSONE_HOOK int minusone_rt_ftruncate(int descriptor, off_t bytes) {
  MINUSONE_CALLED_HERE;
  return result_or_errno(announce(
      code_of(Action::ftruncate), static_cast<std::uint64_t>(static_cast<std::int64_t>(descriptor)),
      static_cast<std::uint64_t>(bytes), 0, room(), minusone_runtime->shared[0].bytes));
}
MINUSONE_HOOK int minusone_rt_ftruncate64(int descriptor, off_t bytes) {
  MINUSONE_CALLED_HERE;
  return minusone_rt_ftruncate(descriptor, bytes);
}
// What is told of the object is its size, its kind and its mode.
MINUSONE_HOOK int minusone_rt_fstat(int descriptor, struct stat* status) {
  MINUSONE_CALLED_HERE;
  if (descriptor >= 0 && descriptor < Descriptors::first)
    not_modelled("fstat() of a program's own input and output is not modelled");
  const auto size = static_cast<std::int64_t>(announce(
      code_of(Action::fstat), static_cast<std::uint64_t>(static_cast<std::int64_t>(descriptor))));
  if (size < 0) return result_or_errno(static_cast<std::uint64_t>(size));
  struct stat told {};
  told.st_size = size;
  told.st_mode = S_IFREG | static_cast<mode_t>(caller().result_upper & 0777);
  told.st_nlink = 1;
  told.st_blksize = static_cast<blksize_t>(page);
  leave(status, told);
  return 0;
}
MINUSONE_HOOK int minusone_rt_close(int descriptor) {
  MINUSONE_CALLED_HERE;
  if (descriptor >= 0 && descriptor < Descriptors::first)
    not_modelled("close() of a program's own input and output is not modelled");
  return result_or_errno(announce(
      code_of(Action::close), static_cast<std::uint64_t>(static_cast<std::int64_t>(descriptor))));
}

MINUSONE_HOOK void* minusone_rt_mmap(void*, std::size_t bytes, int protection, int flags,
                                     int descriptor, off_t offset) {
  MINUSONE_CALLED_HERE;
  constexpr int ignored = MAP_NORESERVE | MAP_POPULATE | MAP_LOCKED | MAP_NONBLOCK;
  const int type = flags & types;
  const bool anonymous = (flags & MAP_ANONYMOUS) != 0;
  if ((flags & ~(types | MAP_ANONYMOUS | ignored)) != 0 || type == MAP_SHARED_VALIDATE)
    not_modelled("mmap() is modelled for MAP_SHARED, MAP_PRIVATE and MAP_ANONYMOUS only");
  if ((protection & ~(PROT_READ | PROT_WRITE)) != 0)
    not_modelled("mmap() is modelled for PROT_READ, PROT_WRITE and PROT_NONE only");
  if (anonymous && type != MAP_SHARED && type != MAP_PRIVATE) return refused(EINVAL);
  if (anonymous && (type == MAP_PRIVATE || are_threads())) return map_own(bytes, protection);
  of_processes_only("mmap() of an object in a program that has threads is not modelled");
  if (type == MAP_PRIVATE)
    not_modelled("mmap() of an object with MAP_PRIVATE is not modelled: MAP_SHARED is");
  const auto result = static_cast<std::int64_t>(
      announce(code_of(Action::mmap), bytes, static_cast<std::uint64_t>(protection),
               static_cast<std::uint64_t>(flags),
               static_cast<std::uint64_t>(static_cast<std::int64_t>(anonymous ? -1 : descriptor)),
               static_cast<std::uint64_t>(offset)));
  return result < 0 ? refused(static_cast<int>(-result))
                    : own_address(static_cast<std::uint64_t>(result));
}
MINUSONE_HOOK void* minusone_rt_mmap64(void* at, std::size_t bytes, int protection, int flags,
                                       int descriptor, off_t offset) {
  MINUSONE_CALLED_HERE;
  return minusone_rt_mmap(at, bytes, protection, flags, descriptor, offset);
}
MINUSONE_HOOK int minusone_rt_munmap(void* at, std::size_t bytes) {
  MINUSONE_CALLED_HERE;
  if (bytes > 0 && own_mapping(at, bytes) != nullptr) {
    minusone_rt_free(at);
    return 0;
  }
  return of_pages(Action::munmap, at, bytes, 0,
                  "munmap() of a part of private memory, or of what mmap() did not return, is not "
                  "modelled");
}
MINUSONE_HOOK int minusone_rt_mprotect(void* at, std::size_t bytes, int protection) {
  MINUSONE_CALLED_HERE;
  if ((protection & ~(PROT_READ | PROT_WRITE)) != 0)
    not_modelled("mprotect() is modelled for PROT_READ, PROT_WRITE and PROT_NONE only");
  if (own_mapping(at, bytes) != nullptr && (protection & PROT_WRITE) != 0) return 0;
  return of_pages(Action::mprotect, at, bytes, static_cast<std::uint64_t>(protection),
                  "mprotect() of what mmap() did not share is not modelled");
}
// There is no file that would be written to.
MINUSONE_HOOK int minusone_rt_msync(void* at, std::size_t, int flags) {
  MINUSONE_CALLED_HERE;
  constexpr int known = MS_ASYNC | MS_INVALIDATE | MS_SYNC;
  const bool is_right = reinterpret_cast<std::uintptr_t>(at) % page == 0 && (flags & ~known) == 0 &&
                        (flags & (MS_ASYNC | MS_SYNC)) != (MS_ASYNC | MS_SYNC);
  return is_right ? 0 : result_or_errno(static_cast<std::uint64_t>(-EINVAL));
}
