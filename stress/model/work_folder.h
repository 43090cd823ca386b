#pragma once

#include <filesystem>

namespace minusone {

/// A folder of this process's own, below $TMPDIR or /tmp, readable by nobody else. Gone with its
/// owner, and all that lies in it.
class WorkFolder {
 public:
  /// @throws std::system_error  it cannot be made
  WorkFolder();
  ~WorkFolder();
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace minusone
