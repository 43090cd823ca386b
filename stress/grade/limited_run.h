#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace minusone {

struct RunLimits {
  std::chrono::seconds cpu{20};      ///< RLIMIT_CPU
  std::chrono::seconds elapsed{60};  ///< then it is killed, for one that sleeps
};

/// How a command ended, and what it said.
struct Ran {
  enum class End {
    exited,   ///< by itself: `status`
    killed,   ///< by a signal that was not ours: `status` is its number
    stopped,  ///< by the limits
  };
  End end = End::exited;
  int status = 0;
  std::string out;
  std::string err;
};

/// Runs a command with nothing to read, in a process group of its own that ends with it, with this
/// process, and at the limits.
/// @param scratch  an existing folder, where its output lies meanwhile
/// @throws std::system_error it cannot be started
Ran run_limited(const std::vector<std::string>& command, const RunLimits& limits,
                const std::filesystem::path& scratch);

}  // namespace minusone
