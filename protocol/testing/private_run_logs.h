#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace minusone {

/// Run logs in a directory of this test's own as long as it lives, so that nobody else's clean()
/// comes between.
class PrivateRunLogs {
 public:
  PrivateRunLogs() {
    if (const char* now = std::getenv(variable)) before_ = now;
    char path[] = "/tmp/minusone-logs-XXXXXX";
    path_ = mkdtemp(path);
    setenv(variable, path_.c_str(), 1);
  }
  ~PrivateRunLogs() {
    if (before_)
      setenv(variable, before_->c_str(), 1);
    else
      unsetenv(variable);
    std::filesystem::remove_all(path_);
  }
  PrivateRunLogs(const PrivateRunLogs&) = delete;
  PrivateRunLogs& operator=(const PrivateRunLogs&) = delete;

 private:
  static constexpr const char* variable = "XDG_RUNTIME_DIR";

  std::optional<std::string> before_;
  std::string path_;
};

}  // namespace minusone
