#pragma once

#include <sys/types.h>

#include <filesystem>

namespace minusone {

/// A folder of this user's, open. What lies in it is this user's doing: it is no link, nobody else
/// owns it, and nobody else may write to it. Anybody can make a folder of a known name in /tmp
/// first, and what is found there is then theirs.
class OwnFolder {
 public:
  /// Makes the folder (mode 0700) where it is missing; its parent exists.
  /// @param purpose    for the sentence: "the run log's directory"
  /// @param forbidden  permission bits that it may not have: 022 or 077
  /// @throws OsError  `EPERM` it is another's, a link, no folder, or open to others
  OwnFolder(const std::filesystem::path& path, const char* purpose, mode_t forbidden);
  ~OwnFolder();
  OwnFolder(OwnFolder&& other) noexcept;
  OwnFolder& operator=(OwnFolder&&) = delete;

  int descriptor() const { return folder_; }

 private:
  int folder_;
};

/// Whether an open file is a regular one of this user's, under one name only, that nobody else may
/// write to.
bool is_own_file(int file);

/// Whether nobody but this user and root can put another file or folder in the place of this one:
/// each folder above it is theirs, and others may write to it at most as to /tmp (sticky).
bool is_out_of_reach(const std::filesystem::path& path);

}  // namespace minusone
