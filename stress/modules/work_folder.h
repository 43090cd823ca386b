#pragma once

#include <filesystem>

namespace minusone {

/// A folder of this process's own, readable by nobody else. Gone with its owner, and all that lies
/// in it. It is locked (flock) while its owner lives, which holds across containers that share a
/// folder and count their processes apart: what a killed process of this user's left beside it
/// goes when the next one is made, and nothing else.
class WorkFolder {
 public:
  /// Below $TMPDIR or /tmp.
  /// @throws std::system_error  it cannot be made
  WorkFolder();
  /// Below `parent`, which is made where it is missing.
  explicit WorkFolder(const std::filesystem::path& parent);
  ~WorkFolder();
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int locked_ = -1;
};

}  // namespace minusone
