#include "stress/modules/kit.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <system_error>

#include "stress/modules/whole_file.h"

namespace minusone {

namespace fs = std::filesystem;

fs::path kit() {
  if (const char* given = std::getenv("MINUSONE_KIT")) return given;
  std::error_code none;
  const auto beside =
      fs::read_symlink("/proc/self/exe", none).parent_path().parent_path() / "share" / "minusone";
  if (fs::is_directory(beside, none)) return beside;
  return MINUSONE_KIT_DIRECTORY;
}

std::string text_of(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream)
    throw std::system_error(errno, std::system_category(),
                            fmt::format("reading '{}'", path.string()));
  return whole(stream);
}

}  // namespace minusone
