#pragma once

#include <string>
#include <string_view>
#include <system_error>

namespace minusone {

/// What the kernel refused: one sentence that names the call, the object, the errno and, where a
/// setting is behind it, the setting to change.
class OsError : public std::system_error {
 public:
  /// @param error   an errno value
  /// @param call    "shmget"
  /// @param object  "System V segment, key 0x4d2, 4096 bytes"
  OsError(int error, std::string_view call, std::string_view object);

  const char* what() const noexcept override { return sentence_.c_str(); }

 private:
  std::string sentence_;
};

/// "ENOSPC" for ENOSPC; "errno 999" for what has no name.
std::string errno_name(int error);

}  // namespace minusone
