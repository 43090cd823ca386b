#include "stress/grade/limited_run.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>
#include <system_error>
#include <thread>

namespace minusone {
namespace {

namespace fs = std::filesystem;

std::string slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The child's side; what fails here ends it with 127, as a shell's does.
[[noreturn]] void become(char* const* arguments, const RunLimits& limits, const char* out,
                         const char* err) noexcept {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const auto seconds = static_cast<rlim_t>(limits.cpu.count());
  const rlimit cpu{seconds, seconds + 1};
  const rlimit none{0, 0};
  constexpr rlim_t most_written = 256u << 20;
  const rlimit files{most_written, most_written};
  setrlimit(RLIMIT_CPU, &cpu);
  setrlimit(RLIMIT_CORE, &none);
  setrlimit(RLIMIT_FSIZE, &files);
  const int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int to_out = open(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const int to_err = open(err, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (in < 0 || to_out < 0 || to_err < 0) _exit(127);
  dup2(in, 0);
  dup2(to_out, 1);
  dup2(to_err, 2);
  execv(arguments[0], arguments);
  _exit(127);
}

}  // namespace

Ran run_limited(const std::vector<std::string>& command, const RunLimits& limits,
                const fs::path& scratch) {
  const auto out = (scratch / "out").string();
  const auto err = (scratch / "err").string();
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t child = fork();
  if (child < 0) throw std::system_error(errno, std::system_category(), "fork");
  if (child == 0) become(arguments.data(), limits, out.c_str(), err.c_str());
  setpgid(child, child);  // whoever comes first
  const auto deadline = std::chrono::steady_clock::now() + limits.elapsed;
  Ran ran;
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > deadline) {
      ran.end = Ran::End::stopped;
      kill(-child, SIGKILL);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  kill(-child, SIGKILL);  // what it left running
  if (WIFEXITED(status)) {
    ran.status = WEXITSTATUS(status);
  } else {
    ran.status = WTERMSIG(status);
    if (ran.end != Ran::End::stopped)
      ran.end = ran.status == SIGXCPU ? Ran::End::stopped : Ran::End::killed;
  }
  ran.out = slurp(out);
  ran.err = slurp(err);
  return ran;
}

}  // namespace minusone
