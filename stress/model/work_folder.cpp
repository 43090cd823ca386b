#include "stress/model/work_folder.h"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

namespace minusone {

WorkFolder::WorkFolder() {
  std::error_code none;
  const auto root = std::filesystem::temp_directory_path(none);
  std::string pattern = ((none ? "/tmp" : root) / "minusone-model-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    throw std::system_error(errno, std::system_category(),
                            "making a folder for the verifier, " + pattern);
  }
  path_ = pattern;
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace minusone
