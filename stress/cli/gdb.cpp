#include "stress/cli/gdb.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <system_error>
#include <vector>

#include "protocol/os_error.h"
#include "stress/modules/module.h"

namespace minusone::cli {
namespace {

bool is_installed() {
  std::istringstream directories(std::getenv("PATH") == nullptr ? "" : std::getenv("PATH"));
  for (std::string directory; std::getline(directories, directory, ':');) {
    if (access((directory + "/gdb").c_str(), X_OK) == 0) return true;
  }
  return false;
}

/// Whether a process beside this one may attach to another, as gdb will. @return an errno; 0: it
/// may
int try_to_attach(pid_t process) {
  const pid_t probe = fork();
  if (probe == -1) return errno;
  // A tracer lets go of the processes that it has seized when it exits.
  if (probe == 0) _exit(ptrace(PTRACE_SEIZE, process, nullptr, nullptr) == 0 ? 0 : errno);
  int status = 0;
  waitpid(probe, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
}

void check_that_it_can(pid_t process) {
  if (!is_installed()) {
    throw std::system_error(ENOENT, std::generic_category(),
                            "gdb is not installed; on Debian or Ubuntu: apt-get install gdb");
  }
  if (const int refused = try_to_attach(process); refused != 0) {
    throw std::system_error(
        refused, std::generic_category(),
        "gdb may not attach to a process: expected the setting kernel.yama.ptrace_scope to be 0 or "
        "1 (sysctl kernel.yama.ptrace_scope), and in a container the capability CAP_SYS_PTRACE");
  }
}

/// Symbols of the copy that the agent runs, and the frame of its code.
std::string set_up(const TracedModule& module) {
  return fmt::format(
      "set confirm off\n"
      "set pagination off\n"
      "set max-value-size unlimited\n"
      "handle SIGSTOP nostop noprint nopass\n"
      "add-symbol-file {0} -o {1:#x}\n"
      "while $pc < {1:#x} || $pc >= {2:#x}\n"
      "  up-silently\n"
      "end\n"
      "frame\n",
      module.path(), module.base(), module.end());
}

/// 'T': stopped by a signal; 0: there is no such process.
char state_of(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  std::string text;
  std::getline(file, text);
  const auto name_ends = text.rfind(')');
  return name_ends == std::string::npos || name_ends + 2 >= text.size() ? '\0'
                                                                        : text[name_ends + 2];
}

[[noreturn]] void run_gdb(pid_t process, int commands, const std::string& script) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGINT, SIG_DFL);
  const auto id = std::to_string(process);
  const auto first = fmt::format("/dev/fd/{}", commands);
  std::vector<const char*> arguments{
      "gdb", "-q", "-iex", "set auto-solib-add off", "-iex", "set debuginfod enabled off"};
  if (!script.empty()) arguments.insert(arguments.end(), {"-nx", "-batch"});
  arguments.insert(arguments.end(), {"-p", id.c_str(), "-x", first.c_str()});
  if (!script.empty()) arguments.insert(arguments.end(), {"-x", script.c_str()});
  arguments.push_back(nullptr);
  execvp("gdb", const_cast<char**>(arguments.data()));
  _exit(127);
}

/// Waits for the process to stop, lets gdb have it, and sends it on when gdb has ended.
[[noreturn]] void launch(pid_t process, int commands, const std::string& script) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (char state = state_of(process); state != 'T'; state = state_of(process)) {
    if (state == '\0' || state == 'Z') _exit(0);  // it never came to the step
    usleep(5'000);
  }
  const pid_t gdb = fork();
  if (gdb == 0) run_gdb(process, commands, script);
  if (gdb != -1) waitpid(gdb, nullptr, 0);
  ::kill(process, SIGCONT);
  _exit(0);
}

}  // namespace

StopAt parse_stop(const std::string& text, const Schedule& schedule,
                  const std::vector<std::string>& names) {
  const auto at = text.rfind('@');
  std::size_t step = 0;
  const char* const end = text.data() + text.size();
  const bool is_number = at != std::string::npos &&
                         std::from_chars(text.data() + at + 1, end, step).ptr == end &&
                         at + 1 < text.size();
  if (!is_number || step < 1 || step > schedule.agents.size()) {
    throw UsageError(fmt::format(
        "--gdb '{}': expected an agent and one of its steps, of the {} that the schedule "
        "has, such as '{}@9'",
        text, schedule.agents.size(), names.back()));
  }
  const int agent = schedule.agents[step - 1];
  const auto& name = names[static_cast<std::size_t>(agent)];
  if (text.substr(0, at) != name)
    throw UsageError(fmt::format("--gdb '{}': step {} is taken by {}", text, step, name));
  return {agent, step - 1};
}

Debugger::Debugger(pid_t process, const TracedModule& module, const std::string& script) {
  if (!script.empty() && access(script.c_str(), R_OK) != 0)
    throw UsageError(
        fmt::format("--gdb-script '{}' cannot be read: expected a file of gdb commands", script));
  check_that_it_can(process);
  const auto commands = set_up(module);
  set_up_ = memfd_create("minusone-gdb", 0);  // gdb inherits it
  if (set_up_ == -1 ||
      write(set_up_, commands.data(), commands.size()) != static_cast<ssize_t>(commands.size())) {
    throw OsError(errno, "memfd_create", "gdb's first commands");
  }
  interrupt_ = signal(SIGINT, SIG_IGN);
  launcher_ = fork();
  if (launcher_ == 0) launch(process, set_up_, script);
}

Debugger::~Debugger() {
  if (launcher_ != -1) waitpid(launcher_, nullptr, 0);
  close(set_up_);
  signal(SIGINT, interrupt_);
}

}  // namespace minusone::cli
