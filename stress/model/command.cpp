#include "stress/model/command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include "protocol/os_error.h"

namespace minusone {
namespace {

using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr std::size_t most_output = 16 * 1024 * 1024;

fs::path find_in_path(const std::string& program) {
  if (program.find('/') != std::string::npos) return program;
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "/usr/bin:/bin" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    const auto candidate = fs::path(folder.empty() ? "." : folder) / program;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  throw ToolMissing(
      fmt::format("'{}' was not found in PATH: checking a model needs SPIN and a C compiler; on "
                  "Debian or Ubuntu run `apt-get install {}` as root",
                  program, program == "spin" ? "spin" : "gcc"));
}

/// Everything that the child needs, made before fork(): behind it only async-signal-safe calls.
struct Prepared {
  std::string program;
  std::string folder;
  std::vector<char*> arguments;
  std::vector<char*> environment;
  rlim_t memory;
};

[[noreturn]] void become(const Prepared& prepared, pid_t parent, int out) noexcept {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  setpgid(0, 0);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(signal, SIG_DFL);
  const int nothing = open("/dev/null", O_RDONLY);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  const rlimit memory{prepared.memory, prepared.memory};
  if (prepared.memory != 0) setrlimit(RLIMIT_AS, &memory);
  if (chdir(prepared.folder.c_str()) != 0 || dup2(nothing, 0) == -1 || dup2(out, 1) == -1 ||
      dup2(out, 2) == -1) {
    _exit(127);
  }
  execve(prepared.program.c_str(), prepared.arguments.data(), prepared.environment.data());
  _exit(127);
}

/// Reads what the child says until it closes its end, a limit is reached, or we are interrupted.
void listen(int from, pid_t child, const CommandLimits& limits, CommandResult& result) {
  const auto until = Clock::now() + limits.time;
  const auto stop = [&] { kill(-child, SIGKILL); };
  char buffer[64 * 1024];
  for (bool stopped = false;;) {
    pollfd ready{from, POLLIN, 0};
    const int changed = poll(&ready, 1, stopped ? -1 : 50);
    if (changed > 0) {
      const ssize_t bytes = read(from, buffer, sizeof buffer);
      if (bytes == 0 || (bytes < 0 && errno != EINTR)) return;
      if (bytes > 0 && result.out.size() < most_output)
        result.out.append(buffer, static_cast<std::size_t>(bytes));
    }
    if (stopped) continue;
    result.interrupted = limits.interrupted != nullptr && limits.interrupted->load();
    result.timed_out = !result.interrupted && Clock::now() > until;
    if (result.interrupted || result.timed_out) {
      stop();
      stopped = true;
    }
  }
}

}  // namespace

CommandResult run_command(const std::vector<std::string>& arguments, const fs::path& folder,
                          const CommandLimits& limits,
                          const std::vector<std::string>& environment) {
  Prepared prepared{find_in_path(arguments.at(0)).string(), folder.string(), {}, {}, 0};
  for (const auto& argument : arguments)
    prepared.arguments.push_back(const_cast<char*>(argument.c_str()));
  prepared.arguments.push_back(nullptr);
  for (const auto& variable : environment)  // getenv(3) takes the first of a name
    prepared.environment.push_back(const_cast<char*>(variable.c_str()));
  for (char** variable = environ; *variable != nullptr; ++variable)
    prepared.environment.push_back(*variable);
  prepared.environment.push_back(nullptr);
  prepared.memory = limits.memory_bytes;

  int ends[2];
  if (pipe2(ends, O_CLOEXEC) == -1) throw OsError(errno, "pipe2", "output of " + arguments[0]);
  const auto began = Clock::now();
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) become(prepared, parent, ends[1]);
  const int failed = errno;
  close(ends[1]);
  if (child == -1) {
    close(ends[0]);
    throw OsError(failed, "fork", arguments[0]);
  }
  setpgid(child, child);  // whoever comes first; it fails once the child runs its program
  CommandResult result;
  listen(ends[0], child, limits, result);
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) == -1 && errno == EINTR) {
  }
  kill(-child, SIGKILL);  // what it left running
  if (WIFEXITED(status)) result.status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  result.seconds = std::chrono::duration<double>(Clock::now() - began).count();
  return result;
}

}  // namespace minusone
