#include "stress/grade/limited_run.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
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

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool has_shadow_memory = true;  // terabytes of addresses, which RLIMIT_AS counts
#else
constexpr bool has_shadow_memory = false;
#endif

void limit(__rlimit_resource what, rlim_t most, rlim_t hardest) {
  const rlimit both{most, hardest};
  setrlimit(what, &both);
}

/// How many processes and threads this user has: what RLIMIT_NPROC counts.
rlim_t tasks_of_user() {
  rlim_t count = 0;
  std::error_code none;
  for (const auto& process : fs::directory_iterator("/proc", none)) {
    struct stat is {};
    if (stat((process.path() / "task").c_str(), &is) != 0 || is.st_uid != geteuid()) continue;
    count += is.st_nlink - 2;
  }
  return count;
}

/// The command's side; what fails here ends it with 127, as a shell's does.
[[noreturn]] void become(char* const* arguments, const RunLimits& limits, const char* out,
                         const char* err) noexcept {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const auto seconds = static_cast<rlim_t>(limits.cpu.count());
  constexpr rlim_t most_written = 256u << 20;
  limit(RLIMIT_CPU, seconds, seconds + 1);
  limit(RLIMIT_CORE, 0, 0);
  limit(RLIMIT_FSIZE, most_written, most_written);
  const rlim_t tasks = tasks_of_user() + static_cast<rlim_t>(limits.processes);
  limit(RLIMIT_NPROC, tasks, tasks);
  if (!has_shadow_memory) limit(RLIMIT_AS, limits.memory, limits.memory);
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

/// All that descend from a process, by proc_pid_children(5): those that exist while it looks.
void add_descendants(pid_t process, std::vector<pid_t>& all) {
  std::error_code none;
  for (const auto& thread :
       fs::directory_iterator("/proc/" + std::to_string(process) + "/task", none)) {
    std::ifstream children(thread.path() / "children");
    for (pid_t child; children >> child;) {
      all.push_back(child);
      add_descendants(child, all);
    }
  }
}

std::vector<pid_t> descendants() {
  std::vector<pid_t> all;
  add_descendants(getpid(), all);
  return all;
}

// A process may start another before it is killed itself: that one is this warden's child then, and
// found in the next round.
void end_all() {
  for (;;) {
    for (const pid_t process : descendants()) kill(process, SIGKILL);
    pid_t ended = 0;
    while ((ended = waitpid(-1, nullptr, WNOHANG)) > 0) {
    }
    if (ended == -1 && errno == ECHILD) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

// Many processes leave a warden little of the CPU, and start more while it waits for its turn. Root
// may let it go first; others, who may not, RLIMIT_NPROC stops.
void go_first() {
  const sched_param lowest{.sched_priority = sched_get_priority_min(SCHED_RR)};
  sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &lowest);
}

/// What the warden tells of the command.
struct Ended {
  Ran::End why = Ran::End::exited;
  int status = 0;  ///< of waitpid(2)
};

/// Waits for the command's end, or ends it.
Ended watch(pid_t command, pid_t master, const RunLimits& limits) {
  const auto deadline = std::chrono::steady_clock::now() + limits.elapsed;
  for (Ended ended;; std::this_thread::sleep_for(std::chrono::milliseconds(2))) {
    for (pid_t gone; (gone = waitpid(-1, &ended.status, WNOHANG)) > 0;) {
      if (gone == command) return ended;
    }
    if (std::chrono::steady_clock::now() > deadline || getppid() != master)
      return {Ran::End::stopped, 0};
    if (descendants().size() > static_cast<std::size_t>(limits.processes))
      return {Ran::End::crowded, 0};
  }
}

[[noreturn]] void guard(char* const* arguments, const RunLimits& limits, const char* out,
                        const char* err, pid_t master, int report) noexcept {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  go_first();
  signal(SIGINT, SIG_IGN);  // Ctrl-C is for the master, whose end it sees
  const pid_t command = fork();
  if (command == 0) become(arguments, limits, out, err);
  const Ended ended =
      command == -1 ? Ended{Ran::End::exited, 127 << 8} : watch(command, master, limits);
  end_all();
  _exit(write(report, &ended, sizeof ended) == sizeof ended ? 0 : 1);
}

}  // namespace

Ran run_limited(const std::vector<std::string>& command, const RunLimits& limits,
                const fs::path& scratch) {
  const auto out = (scratch / "out").string();
  const auto err = (scratch / "err").string();
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  int report[2];
  if (pipe2(report, O_CLOEXEC) == -1)
    throw std::system_error(errno, std::system_category(), "pipe2");
  const pid_t master = getpid();
  const pid_t warden = fork();
  if (warden == 0) guard(arguments.data(), limits, out.c_str(), err.c_str(), master, report[1]);
  const int refused = errno;
  close(report[1]);
  Ended ended;
  const bool told =
      warden != -1 && read(report[0], &ended, sizeof ended) == static_cast<ssize_t>(sizeof ended);
  close(report[0]);
  if (warden == -1) throw std::system_error(refused, std::system_category(), "fork");
  waitpid(warden, nullptr, 0);
  if (!told) ended = {Ran::End::exited, SIGKILL};
  Ran ran;
  ran.end = ended.why;
  if (WIFEXITED(ended.status)) {
    ran.status = WEXITSTATUS(ended.status);
  } else if (ran.end == Ran::End::exited) {
    ran.status = WTERMSIG(ended.status);
    ran.end = ran.status == SIGXCPU ? Ran::End::stopped : Ran::End::killed;
  }
  ran.out = slurp(out);
  ran.err = slurp(err);
  return ran;
}

}  // namespace minusone
