#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace minusone {

struct RunLimits {
  std::chrono::seconds cpu{20};       ///< RLIMIT_CPU
  std::chrono::seconds elapsed{60};   ///< then it is killed, for one that sleeps
  std::uint64_t memory = 4ULL << 30;  ///< RLIMIT_AS of each process, in bytes
  int processes = 64;                 ///< at a time; a compiler takes about four
};

/// How a command ended, and what it said.
struct Ran {
  enum class End {
    exited,   ///< by itself: `status`
    killed,   ///< by a signal that was not ours: `status` is its number
    stopped,  ///< by the limits on time
    crowded,  ///< by the limit on processes
  };
  End end = End::exited;
  int status = 0;
  std::string out;
  std::string err;
};

/// Runs a command with nothing to read. All that it starts ends with it, with this process, and at
/// the limits, also what has left its session (setsid): a warden between this process and the
/// command inherits each orphan (PR_SET_CHILD_SUBREAPER) and ends it.
/// @param scratch  an existing folder, where its output lies meanwhile
/// @throws std::system_error it cannot be started
Ran run_limited(const std::vector<std::string>& command, const RunLimits& limits,
                const std::filesystem::path& scratch);

}  // namespace minusone
