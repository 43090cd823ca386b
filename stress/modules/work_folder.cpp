#include "stress/modules/work_folder.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>

namespace minusone {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = ".minusone-";  // and the owner's process id behind it

fs::path root_of_temporary_files() {
  std::error_code none;
  const auto root = fs::temp_directory_path(none);
  return none ? "/tmp" : root;
}

void remove_orphans(const fs::path& parent) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(parent, none)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with(prefix)) continue;
    const int owner = std::atoi(name.c_str() + prefix.size());
    if (owner > 0 && kill(owner, 0) == -1 && errno == ESRCH) fs::remove_all(entry.path(), none);
  }
}

}  // namespace

WorkFolder::WorkFolder() : WorkFolder(root_of_temporary_files()) {}

WorkFolder::WorkFolder(const fs::path& parent) {
  fs::create_directories(parent);
  remove_orphans(parent);
  auto name = (parent / fmt::format("{}{}-XXXXXX", prefix, getpid())).string();
  if (mkdtemp(name.data()) == nullptr)
    throw std::system_error(errno, std::system_category(), fmt::format("mkdtemp '{}'", name));
  path_ = name;
}

WorkFolder::~WorkFolder() {
  std::error_code none;
  fs::remove_all(path_, none);
}

}  // namespace minusone
