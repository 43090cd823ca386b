#include "stress/modules/kit.h"

#include <cstdlib>
#include <system_error>

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

}  // namespace minusone
