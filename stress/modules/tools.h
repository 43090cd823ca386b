#pragma once

#include <array>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// The compiler, the linker and their like.
namespace minusone {

using Words = std::vector<std::string>;

/// While a build runs, a signal that ends the command ends the build first, which cleans up.
class Interruptible {
 public:
  Interruptible();
  ~Interruptible();
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

 private:
  static constexpr std::array signals{SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, signals.size()> before_{};
};

/// While one lives, tools lay their own temporary files there; who is killed leaves them behind.
class TemporaryFiles {
 public:
  explicit TemporaryFiles(const std::filesystem::path& folder);
  ~TemporaryFiles();
  TemporaryFiles(const TemporaryFiles&) = delete;
  TemporaryFiles& operator=(const TemporaryFiles&) = delete;

 private:
  std::optional<std::string> before_;
};

/// Runs a program to its end. Its standard output and error go to the files where these are named.
/// @return its exit status
/// @throws ToolMissing, ToolEnded, BuildInterrupted
int run_tool(const Words& words, const std::filesystem::path& output = {},
             const std::filesystem::path& errors = {});

}  // namespace minusone
