#include "stress/modules/tools.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "stress/modules/builder.h"

extern char** environ;

namespace minusone {
namespace {

volatile std::sig_atomic_t interrupted_by = 0;
volatile pid_t tool = 0;  ///< that runs now

/// Which package of Debian's brings a tool.
std::string package_of(const std::string& tool) {
  const auto name = std::filesystem::path(tool).filename().string();
  if (name.find("clang") != std::string::npos) return "clang";
  return name == "g++" || name == "gcc" || name == "cc" || name == "c++" ? "g++" : name;
}

/// The signal that ended a program, or one that a shell started and tells of; 0: none did.
int signal_of(int status) {
  if (WIFSIGNALED(status)) return WTERMSIG(status);
  const int code = WEXITSTATUS(status);
  return code > 128 && sigabbrev_np(code - 128) != nullptr ? code - 128 : 0;
}

}  // namespace

Interruptible::Interruptible() {
  interrupted_by = 0;
  struct sigaction action {};
  action.sa_handler = [](int signal) {
    interrupted_by = signal;
    if (tool > 0) kill(tool, SIGTERM);
  };
  for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &action, &before_[i]);
}

Interruptible::~Interruptible() {
  for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &before_[i], nullptr);
  if (interrupted_by != 0) raise(interrupted_by);
}

TemporaryFiles::TemporaryFiles(const std::filesystem::path& folder) {
  if (const char* before = std::getenv("TMPDIR")) before_ = before;
  setenv("TMPDIR", folder.c_str(), 1);
}

TemporaryFiles::~TemporaryFiles() {
  if (before_)
    setenv("TMPDIR", before_->c_str(), 1);
  else
    unsetenv("TMPDIR");
}

int run_tool(const Words& words, const std::filesystem::path& output,
             const std::filesystem::path& errors) {
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  for (const auto& [number, file] : {std::pair(STDOUT_FILENO, &output), {STDERR_FILENO, &errors}}) {
    if (!file->empty())
      posix_spawn_file_actions_addopen(&actions, number, file->c_str(),
                                       O_WRONLY | O_CREAT | O_TRUNC, 0600);
  }
  pid_t child = 0;
  const int error =
      posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error == ENOENT) {
    throw ToolMissing(fmt::format("'{}' is not installed: install the package {}", words[0],
                                  package_of(words[0])));
  }
  if (error != 0)
    throw std::system_error(error, std::system_category(), fmt::format("running '{}'", words[0]));
  tool = child;
  if (interrupted_by != 0) kill(child, SIGTERM);  // before anybody knew whom to end
  int status = 0;
  while (waitpid(child, &status, 0) == -1 && errno == EINTR) {
  }
  tool = 0;
  if (interrupted_by != 0) throw BuildInterrupted("the build was interrupted");
  if (const int signal = signal_of(status); signal != 0) {
    throw ToolEnded(fmt::format(
        "'{}' was ended by SIG{}{}: nothing was built; try again, with more memory or "
        "fewer programs beside it",
        words[0], sigabbrev_np(signal),
        signal == SIGKILL ? ", by the kernel, where memory is short, or by kill -9" : ""));
  }
  return WEXITSTATUS(status);
}

}  // namespace minusone
