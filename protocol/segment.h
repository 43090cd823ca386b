#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "protocol/run_log.h"

namespace minusone {

enum class SegmentKind { sysv, posix, memfd };

/// Owns one segment and one mapping of it. Mode 0600. A forked agent inherits the mapping; only the
/// process that created the segment removes it, for the kernel does not: a System V or POSIX
/// segment outlives all its processes until somebody removes it (shmctl IPC_RMID, shm_unlink).
class Segment {
 public:
  /// Creates a segment with room for `bytes` behind its header, zeroed, under a fresh private key
  /// or name that the log knew before.
  /// @throws OsError what the kernel refused
  static Segment create(SegmentKind kind, std::size_t bytes, RunLog& log);

  /// Creates a System V segment under a key that both sides agreed on, such as key_of(). The log
  /// knows the key before; `clean` removes it after a kill where the key is of fresh_key()'s form.
  /// @throws OsError  `EEXIST` it is in use, by us or by somebody else
  static Segment create_at(key_t key, std::size_t bytes, RunLog& log);

  /// Attaches the System V segment of `key`, as a stranger would.
  /// @throws OsError       `ENOENT` no such key, `EACCES` somebody else's
  /// @throws StaleSegment  it is smaller than `bytes`, or not one of ours
  static Segment attach(key_t key, std::size_t bytes);

  /// Attaches the POSIX segment of `name`, as a stranger would. @throws as above
  static Segment attach(const std::string& name, std::size_t bytes);

  Segment(Segment&& other) noexcept;
  Segment& operator=(Segment&&) = delete;
  ~Segment();

  void* payload() const noexcept;  ///< aligned to 64 bytes
  std::size_t bytes() const noexcept { return bytes_; }
  const std::string& name() const noexcept {
    return name_;
  }                                            ///< "System V segment, key 0x6d31beef"
  key_t key() const noexcept { return key_; }  ///< System V only
  const std::string& posix_name() const noexcept { return posix_name_; }  ///< "/minusone-..."
  /// Tells a segment from its successor under the same key or name.
  std::uint64_t generation() const noexcept;

  struct Status {
    std::size_t bytes;  ///< with the header; System V as asked for, others in whole
    unsigned mode;      ///< permission bits
    uid_t owner;
    std::uint64_t attached;  ///< mappings; System V only, else 0
    bool doomed;             ///< removed, and gone with its last mapping; System V only
  };
  /// shmctl(IPC_STAT), or fstat(2) of the name. @throws OsError
  Status status() const;
  /// Takes its key or name away now: it lives on in those who map it, children that are forked later
  /// included, and is gone with the last of them, however they end.
  void doom();
  /// shmctl(IPC_SET), or chmod of the name. @throws OsError `EPERM` not the owner
  void set_mode(unsigned mode);

 private:
  Segment() = default;
  void attach_sysv();
  void begin(std::size_t bytes);
  void check_header(std::size_t bytes) const;

  SegmentKind kind_ = SegmentKind::memfd;
  std::string name_;
  std::string posix_name_;
  key_t key_ = -1;
  int file_ = -1;  ///< POSIX and memfd
  int id_ = -1;    ///< System V
  void* mapping_ = nullptr;
  std::size_t bytes_ = 0;
  pid_t creator_ = 0;  ///< who removes it; 0 for who attached only
};

/// ftok(3): a key out of a file's inode and a small number. Not unique: two files may give one key,
/// which is why create_at() refuses a key in use, and attach() a header that is not ours.
/// @throws OsError `ENOENT` no such file
key_t key_of(const std::string& path, int id);

/// A segment that is there but is not what was asked for.
class StaleSegment : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace minusone
