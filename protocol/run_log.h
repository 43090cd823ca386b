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
/// Lines: "shm KEY", "sem KEY" (hexadecimal), "posix NAME", and "not KIND KEY" for a key that
/// turned out to be somebody else's.
class RunLog {
 public:
  /// @throws OsError when the directory cannot be made or is not ours
  RunLog();
  ~RunLog();
  RunLog(const RunLog&) = delete;
  RunLog& operator=(const RunLog&) = delete;

  /// A fresh random key, logged as about to be used for a segment ("shm") or a set ("sem").
  key_t reserve_key(std::string_view kind);
  /// A key that fresh_key() gave before, logged likewise. Of another form, clean() passes it over.
  void note_key(std::string_view kind, key_t key);
  /// Takes a key back: it is in use (EEXIST), and not by us.
  void release_key(std::string_view kind, key_t key);
  /// A fresh name for shm_open, logged.
  std::string reserve_name();
  /// A fresh name for sem_open, logged as the name of the file that the semaphore lies in.
  std::string reserve_semaphore_name();

  /// A random key of the form that reserve_key() gives.
  static key_t fresh_key();

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

/// Removes what dead runs of this user left in the kernel, and nothing else. An object is ours when
/// its key or name stands in the log of a run that no longer lives, in no log of a living one, its
/// creator is this user (a segment's: that very process), it is not older than the log, and no
/// living process is attached to it. Logs of living runs are passed over, and so is what is no log
/// of this user's (a link, another's file, one that others may write to) and what a log names that
/// no run would have made.
/// @throws OsError  the directory of the logs is another's, or open to others
std::vector<Cleaned> clean();

}  // namespace minusone
