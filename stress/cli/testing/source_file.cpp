#include "stress/cli/testing/source_file.h"

namespace minusone::cli {

std::string SourceFile::command_line(const std::string& arguments) const {
  return "cd " + directory_.string() + " && XDG_CACHE_HOME=" + directory_.string() + "/cache " +
         MINUSONE_COMMAND + " " + arguments + " >out 2>err </dev/null";
}

}  // namespace minusone::cli
