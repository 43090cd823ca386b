#include "protocol/segment.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

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

void refuse_smaller(std::size_t bytes, std::size_t expected, const std::string& name) {
  if (bytes >= expected) return;
  throw StaleSegment(fmt::format(
      "{} has {} bytes where {} were expected: it is not this protocol's", name, bytes, expected));
}

}  // namespace

void Segment::attach_sysv() { mapping_ = attach_id(id_, name_); }

void Segment::begin(std::size_t bytes) {
  ::new (mapping_) Header{Header::ours, bytes, next_generation()};
}

void Segment::check_header(std::size_t bytes) const {
  const auto& header = *static_cast<const Header*>(mapping_);
  if (header.magic == Header::ours && header.bytes == bytes) return;
  throw StaleSegment(
      fmt::format("{} does not begin with a header of ours: it is somebody else's, or of another "
                  "layout; choose another key or name",
                  name_));
}

Segment Segment::create_at(key_t key, std::size_t bytes, RunLog& log) {
  Segment made;
  made.kind_ = SegmentKind::sysv;
  made.bytes_ = bytes;
  made.key_ = key;
  made.name_ = fmt::format("System V segment, key {:#x}, {} bytes", key, payload_offset + bytes);
  log.note_key("shm", key);
  made.id_ = system_calls.shmget(key, payload_offset + bytes, IPC_CREAT | IPC_EXCL | 0600);
  if (made.id_ == -1) {
    const int refused = errno;
    log.release_key("shm", key);
    throw OsError(refused, "shmget", made.name_);
  }
  made.creator_ = getpid();
  made.attach_sysv();
  made.begin(bytes);
  return made;
}

Segment Segment::create(SegmentKind kind, std::size_t bytes, RunLog& log) {
  while (kind == SegmentKind::sysv) {
    try {
      return create_at(RunLog::fresh_key(), bytes, log);
    } catch (const OsError& error) {
      if (error.code().value() != EEXIST) throw;
    }
  }
  Segment made;
  made.kind_ = kind;
  made.bytes_ = bytes;
  made.creator_ = getpid();
  const std::size_t all = payload_offset + bytes;
  int file = -1;
  if (kind == SegmentKind::posix) {
    const auto name = log.reserve_name();
    made.name_ = fmt::format("POSIX shared memory {}, {} bytes", name, all);
    file = system_calls.shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file == -1) throw OsError(errno, "shm_open", made.name_);
    made.posix_name_ = name;
  } else {
    made.name_ = fmt::format("memfd, {} bytes", all);
    file = system_calls.memfd_create("minusone", MFD_CLOEXEC);
    if (file == -1) throw OsError(errno, "memfd_create", made.name_);
  }
  made.file_ = file;
  if (system_calls.ftruncate(file, static_cast<off_t>(all)) == -1)
    throw OsError(errno, "ftruncate", made.name_);
  made.mapping_ = map(file, all, made.name_);
  made.begin(bytes);
  return made;
}

Segment Segment::attach(key_t key, std::size_t bytes) {
  Segment made;
  made.kind_ = SegmentKind::sysv;
  made.key_ = key;
  made.name_ = fmt::format("System V segment, key {:#x}", key);
  made.id_ = system_calls.shmget(key, 0, 0600);
  if (made.id_ == -1) throw OsError(errno, "shmget", made.name_);
  refuse_smaller(made.status().bytes, payload_offset + bytes, made.name_);
  made.attach_sysv();
  made.bytes_ = bytes;
  made.check_header(bytes);
  return made;
}

Segment Segment::attach(const std::string& name, std::size_t bytes) {
  Segment made;
  made.kind_ = SegmentKind::posix;
  made.name_ = fmt::format("POSIX shared memory {}", name);
  made.file_ = system_calls.shm_open(name.c_str(), O_RDWR | O_CLOEXEC, 0);
  if (made.file_ == -1) throw OsError(errno, "shm_open", made.name_);
  refuse_smaller(made.status().bytes, payload_offset + bytes, made.name_);
  made.mapping_ = map(made.file_, payload_offset + bytes, made.name_);
  made.bytes_ = bytes;
  made.check_header(bytes);
  return made;
}

Segment::Status Segment::status() const {
  if (kind_ == SegmentKind::sysv) {
    shmid_ds is{};
    if (system_calls.shmctl(id_, IPC_STAT, &is) == -1)
      throw OsError(errno, "shmctl(IPC_STAT)", name_);
    return {is.shm_segsz, is.shm_perm.mode & 0777U, is.shm_perm.uid, is.shm_nattch,
            (is.shm_perm.mode & SHM_DEST) != 0};
  }
  struct stat is {};
  if (fstat(file_, &is) == -1) throw OsError(errno, "fstat", name_);
  return {static_cast<std::size_t>(is.st_size), is.st_mode & 0777U, is.st_uid, 0, false};
}

void Segment::set_mode(unsigned mode) {
  if (kind_ != SegmentKind::sysv) {
    if (fchmod(file_, mode) == -1) throw OsError(errno, "fchmod", name_);
    return;
  }
  shmid_ds is{};
  if (system_calls.shmctl(id_, IPC_STAT, &is) == -1)
    throw OsError(errno, "shmctl(IPC_STAT)", name_);
  is.shm_perm.mode = static_cast<unsigned short>(mode);
  if (system_calls.shmctl(id_, IPC_SET, &is) == -1) throw OsError(errno, "shmctl(IPC_SET)", name_);
}

void Segment::doom() {
  if (id_ != -1) system_calls.shmctl(id_, IPC_RMID, nullptr);
  if (!posix_name_.empty()) system_calls.shm_unlink(posix_name_.c_str());
  posix_name_.clear();
}

std::uint64_t Segment::generation() const noexcept {
  return static_cast<const Header*>(mapping_)->generation;
}

key_t key_of(const std::string& path, int id) {
  const key_t key = system_calls.ftok(path.c_str(), id);
  if (key == -1) throw OsError(errno, "ftok", fmt::format("the file '{}'", path));
  return key;
}

Segment::Segment(Segment&& other) noexcept
    : kind_(other.kind_),
      name_(std::move(other.name_)),
      posix_name_(std::exchange(other.posix_name_, {})),
      key_(other.key_),
      file_(std::exchange(other.file_, -1)),
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
  if (file_ != -1) close(file_);
  if (removes && id_ != -1) system_calls.shmctl(id_, IPC_RMID, nullptr);
  if (removes && !posix_name_.empty()) system_calls.shm_unlink(posix_name_.c_str());
}

void* Segment::payload() const noexcept {
  return static_cast<std::byte*>(mapping_) + payload_offset;
}

}  // namespace minusone
