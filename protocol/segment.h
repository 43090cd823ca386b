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

  /// Attaches the System V segment of `key`, as a stranger would.
  /// @throws OsError       `ENOENT` no such key, `EACCES` somebody else's
  /// @throws StaleSegment  it is smaller than `bytes`, or not one of ours
  static Segment attach(key_t key, std::size_t bytes);

  Segment(Segment&& other) noexcept;
  Segment& operator=(Segment&&) = delete;
  ~Segment();

  void* payload() const noexcept;  ///< aligned to 64 bytes
  std::size_t bytes() const noexcept { return bytes_; }
  const std::string& name() const noexcept {
    return name_;
  }                                            ///< "System V segment, key 0x6d31beef"
  key_t key() const noexcept { return key_; }  ///< System V only

 private:
  Segment() = default;

  SegmentKind kind_ = SegmentKind::memfd;
  std::string name_;
  std::string posix_name_;
  key_t key_ = -1;
  int id_ = -1;
  void* mapping_ = nullptr;
  std::size_t bytes_ = 0;
  pid_t creator_ = 0;
};

/// A segment that is there but is not what was asked for.
class StaleSegment : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace minusone
