#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "stress/modules/builder.h"

namespace minusone {

struct CommandLimits {
  std::chrono::milliseconds time{std::chrono::minutes(2)};
  std::uint64_t memory_bytes = 0;                  ///< of address space; 0: no limit
  const std::atomic<bool>* interrupted = nullptr;  ///< asked now and then; null: never
};

/// How a program that was run has ended.
struct CommandResult {
  int status = -1;  ///< exit status; -1: it was killed
  int signal = 0;   ///< the signal that killed it; 0: none
  bool timed_out = false;
  bool interrupted = false;
  std::string out;  ///< stdout and stderr together
  double seconds = 0;

  bool succeeded() const { return status == 0; }
};

/// Runs a program in a folder, without a shell, and waits for its end. It dies with us, and with it
/// all that it started: it leads a process group of its own, so Ctrl-C reaches us alone.
/// @param arguments    the program's name, looked for in PATH unless it has a slash, and what
/// follows
/// @param environment  "NAME=value", before ours
/// @throws ToolMissing  it is not in PATH
/// @throws OsError      what the kernel refused
CommandResult run_command(const std::vector<std::string>& arguments,
                          const std::filesystem::path& folder, const CommandLimits& limits,
                          const std::vector<std::string>& environment = {});

}  // namespace minusone
