#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace minusone {

/// What a run creates in the kernel, written to a file before it is created, so that a kill at any
/// moment leaves nothing that `minusone clean` cannot identify as ours. The file lies in
/// RunLog::directory(), is locked (flock) while its run lives, and is removed at an orderly end.
///
/// Lines: "shm KEY", "sem KEY" (hexadecimal), "posix NAME", and "ends KIND KEY" when it is gone.
class RunLog {
 public:
  /// @throws OsError when the directory cannot be made or is not ours
  RunLog();
  ~RunLog();
  RunLog(const RunLog&) = delete;
  RunLog& operator=(const RunLog&) = delete;

  /// A fresh random key, logged as about to be used for a segment ("shm") or a set ("sem").
  key_t reserve_key(std::string_view kind);
  /// A fresh name for shm_open, logged.
  std::string reserve_name();

  /// $XDG_RUNTIME_DIR/minusone, else /tmp/minusone-UID; mode 0700, ours.
  static std::filesystem::path directory();

 private:
  void append(const std::string& line);

  std::filesystem::path path_;
  int file_ = -1;
  pid_t owner_;  // a forked agent's copy of this object neither writes nor removes
};

/// One object that a dead run had logged, and what clean() did with it.
struct Cleaned {
  std::string object;  ///< "System V segment, key 0x6d1f0003"
  bool removed = false;
  std::string why;  ///< for what was kept: "not ours: created by uid 1000"
};

/// Removes what dead runs of this user left in the kernel, and nothing else: an object is ours when
/// its key or name stands in the log of a run that no longer lives, its creator is this user, and
/// no living process is attached to it. Logs of living runs are passed over.
std::vector<Cleaned> clean();

}  // namespace minusone
