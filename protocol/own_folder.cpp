#include "protocol/own_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "protocol/os_error.h"

namespace minusone {

OwnFolder::OwnFolder(const std::filesystem::path& path, const char* purpose, mode_t forbidden) {
  if (mkdir(path.c_str(), 0700) == -1 && errno != EEXIST)
    throw OsError(errno, "mkdir", fmt::format("{}, {}", purpose, path.string()));
  folder_ = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct stat is {};
  if (folder_ != -1 && fstat(folder_, &is) == 0 && is.st_uid == geteuid() &&
      (is.st_mode & forbidden) == 0) {
    return;
  }
  if (folder_ != -1) close(folder_);
  throw OsError(EPERM, "use",
                fmt::format("{} as {}: it must be a folder of this user's, no link, that others {}",
                            path.string(), purpose,
                            forbidden == 077 ? "may not look into (mode 0700)"
                                             : "may not write to (chmod go-w)"));
}

OwnFolder::~OwnFolder() {
  if (folder_ != -1) close(folder_);
}

OwnFolder::OwnFolder(OwnFolder&& other) noexcept : folder_(std::exchange(other.folder_, -1)) {}

bool is_own_file(int file) {
  struct stat is {};
  return fstat(file, &is) == 0 && S_ISREG(is.st_mode) && is.st_uid == geteuid() &&
         is.st_nlink == 1 && (is.st_mode & 022) == 0;
}

bool is_out_of_reach(const std::filesystem::path& path) {
  for (auto at = std::filesystem::absolute(path).lexically_normal(); at.has_relative_path();) {
    at = at.parent_path();
    struct stat is {};
    if (stat(at.c_str(), &is) == -1) return false;
    if (is.st_uid != geteuid() && is.st_uid != 0) return false;
    if ((is.st_mode & S_IWOTH) != 0 && (is.st_mode & S_ISVTX) == 0) return false;
  }
  return true;
}

}  // namespace minusone
