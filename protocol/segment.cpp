#include "protocol/segment.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <new>
#include <utility>

#include "protocol/os_error.h"
#include "protocol/system_calls.h"

namespace minusone {
namespace {

struct Header {
  static constexpr std::uint64_t ours = 0x31656e6f73756e69;  // "inusone1"
  std::uint64_t magic;
  std::uint64_t bytes;
  std::uint64_t generation;  // the creator's pid and a count, so that a successor is told apart
};
constexpr std::size_t payload_offset = 64;
static_assert(sizeof(Header) <= payload_offset);

std::uint64_t next_generation() {
  static std::uint32_t count = 0;
  return std::uint64_t{static_cast<std::uint32_t>(getpid())} << 32 | ++count;
}

void* map(int file, std::size_t bytes, const std::string& name) {
  void* at = system_calls.mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (at == MAP_FAILED) throw OsError(errno, "mmap", name);
  return at;
}

void* attach_id(int id, const std::string& name) {
  void* at = system_calls.shmat(id, nullptr, 0);
  // shmat(2) answers (void*)-1, not null.
  if (at == reinterpret_cast<void*>(-1)) throw OsError(errno, "shmat", name);
  return at;
}

}  // namespace

Segment Segment::create(SegmentKind kind, std::size_t bytes, RunLog& log) {
  Segment made;
  made.kind_ = kind;
  made.bytes_ = bytes;
  made.creator_ = getpid();
  const std::size_t all = payload_offset + bytes;
  int file = -1;
  switch (kind) {
    case SegmentKind::sysv:
      do {
        made.key_ = log.reserve_key("shm");
        made.name_ = fmt::format("System V segment, key {:#x}, {} bytes", made.key_, all);
        made.id_ = system_calls.shmget(made.key_, all, IPC_CREAT | IPC_EXCL | 0600);
      } while (made.id_ == -1 && errno == EEXIST);
      if (made.id_ == -1) throw OsError(errno, "shmget", made.name_);
      made.mapping_ = attach_id(made.id_, made.name_);
      break;
    case SegmentKind::posix: {
      const auto name = log.reserve_name();
      made.name_ = fmt::format("POSIX shared memory {}, {} bytes", name, all);
      file = system_calls.shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
      if (file == -1) throw OsError(errno, "shm_open", made.name_);
      made.posix_name_ = name;
      break;
    }
    case SegmentKind::memfd:
      made.name_ = fmt::format("memfd, {} bytes", all);
      file = system_calls.memfd_create("minusone", MFD_CLOEXEC);
      if (file == -1) throw OsError(errno, "memfd_create", made.name_);
      break;
  }
  if (file != -1) {
    const int refused = system_calls.ftruncate(file, static_cast<off_t>(all)) == -1 ? errno : 0;
    try {
      if (refused != 0) throw OsError(refused, "ftruncate", made.name_);
      made.mapping_ = map(file, all, made.name_);
    } catch (...) {
      close(file);
      throw;
    }
    close(file);
  }
  ::new (made.mapping_) Header{Header::ours, bytes, next_generation()};
  return made;
}

Segment Segment::attach(key_t key, std::size_t bytes) {
  Segment made;
  made.kind_ = SegmentKind::sysv;
  made.key_ = key;
  made.name_ = fmt::format("System V segment, key {:#x}", key);
  made.id_ = system_calls.shmget(key, 0, 0600);
  if (made.id_ == -1) throw OsError(errno, "shmget", made.name_);
  shmid_ds is{};
  if (system_calls.shmctl(made.id_, IPC_STAT, &is) == -1)
    throw OsError(errno, "shmctl(IPC_STAT)", made.name_);
  if (is.shm_segsz < payload_offset + bytes) {
    throw StaleSegment(
        fmt::format("{} has {} bytes where {} were expected: it is not this protocol's", made.name_,
                    is.shm_segsz, payload_offset + bytes));
  }
  made.mapping_ = attach_id(made.id_, made.name_);
  const auto& header = *static_cast<const Header*>(made.mapping_);
  if (header.magic != Header::ours || header.bytes != bytes) {
    throw StaleSegment(
        fmt::format("{} does not begin with a header of ours: it is somebody else's, "
                    "or of another layout; choose another key",
                    made.name_));
  }
  made.bytes_ = bytes;
  return made;
}

Segment::Segment(Segment&& other) noexcept
    : kind_(other.kind_),
      name_(std::move(other.name_)),
      posix_name_(std::exchange(other.posix_name_, {})),
      key_(other.key_),
      id_(std::exchange(other.id_, -1)),
      mapping_(std::exchange(other.mapping_, nullptr)),
      bytes_(other.bytes_),
      creator_(other.creator_) {}

Segment::~Segment() {
  const bool removes = creator_ == getpid();
  if (mapping_ != nullptr) {
    if (kind_ == SegmentKind::sysv)
      system_calls.shmdt(mapping_);
    else
      system_calls.munmap(mapping_, payload_offset + bytes_);
  }
  if (removes && id_ != -1) system_calls.shmctl(id_, IPC_RMID, nullptr);
  if (removes && !posix_name_.empty()) system_calls.shm_unlink(posix_name_.c_str());
}

void* Segment::payload() const noexcept {
  return static_cast<std::byte*>(mapping_) + payload_offset;
}

}  // namespace minusone
