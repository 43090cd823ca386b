#include "stress/modules/work_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

namespace minusone {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = ".minusone-";

fs::path root_of_temporary_files() {
  std::error_code none;
  const auto root = fs::temp_directory_path(none);
  return none ? "/tmp" : root;
}

/// Whether a path still leads to the folder that was opened by it.
bool leads_to(const fs::path& path, int folder) {
  struct stat there {
  }, here{};
  return lstat(path.c_str(), &there) == 0 && fstat(folder, &here) == 0 &&
         there.st_ino == here.st_ino && there.st_dev == here.st_dev && here.st_uid == geteuid();
}

/// Opens a folder and locks it. @return -1 where it is no folder of this user's, or is in use
int take(const fs::path& path) {
  const int folder = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  // Looked at once more when it is locked: another may have removed it before.
  if (folder != -1 && leads_to(path, folder) && flock(folder, LOCK_EX | LOCK_NB) == 0 &&
      leads_to(path, folder)) {
    return folder;
  }
  if (folder != -1) close(folder);
  return -1;
}

void remove_orphans(const fs::path& parent) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(parent, none)) {
    if (!entry.path().filename().string().starts_with(prefix)) continue;
    const int folder = take(entry.path());
    if (folder == -1) continue;
    fs::remove_all(entry.path(), none);
    close(folder);
  }
}

}  // namespace

WorkFolder::WorkFolder() : WorkFolder(root_of_temporary_files()) {}

WorkFolder::WorkFolder(const fs::path& parent) {
  fs::create_directories(parent);
  remove_orphans(parent);
  for (int attempts = 0; locked_ == -1; ++attempts) {
    auto name = (parent / fmt::format("{}{}-XXXXXX", prefix, getpid())).string();
    if (mkdtemp(name.data()) == nullptr)
      throw std::system_error(errno, std::system_category(), fmt::format("mkdtemp '{}'", name));
    path_ = name;
    locked_ = take(path_);  // not where somebody tidied up in between
    if (locked_ == -1 && attempts == 100)
      throw std::system_error(ENOLCK, std::system_category(), fmt::format("flock '{}'", name));
  }
}

WorkFolder::~WorkFolder() {
  std::error_code none;
  fs::remove_all(path_, none);
  close(locked_);
}

}  // namespace minusone
