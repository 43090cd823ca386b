#include "protocol/testing/child.h"

#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <fstream>
#include <string>

namespace minusone {

Child::Child(const std::function<void()>& work, bool traced) {
  const pid_t parent = getpid();
  process_ = fork();
  if (process_ != 0) {
    if (traced) waitpid(process_, nullptr, 0);
    return;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  if (traced) {
    ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    raise(SIGSTOP);
  }
  try {
    work();
  } catch (const std::exception& error) {
    dprintf(STDERR_FILENO, "the child ends: %s\n", error.what());
    _exit(2);
  } catch (...) {
    _exit(2);
  }
  _exit(0);
}

Child::~Child() {
  if (status_ != -1) return;
  ::kill(process_, SIGKILL);
  while (waitpid(process_, &status_, 0) == process_ && !WIFEXITED(status_) &&
         !WIFSIGNALED(status_)) {
  }
}

int Child::end() {
  if (status_ == -1) waitpid(process_, &status_, 0);
  return status_;
}

void Child::kill() {
  if (status_ == -1) ::kill(process_, SIGKILL);
  end();
}

bool Child::sleeps_in(long system_call) const {
  std::ifstream file("/proc/" + std::to_string(process_) + "/syscall");
  std::string first;
  file >> first;
  return first == std::to_string(system_call);
}

bool Child::comes_to_sleep_in(long system_call) const {
  for (;;) {
    if (sleeps_in(system_call)) return true;
    siginfo_t ended{};
    if (waitid(P_PID, static_cast<id_t>(process_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        ended.si_pid == process_) {
      return false;
    }
    usleep(100);
  }
}

bool Child::step(int instructions) {
  for (int i = 0; i < instructions; ++i) {
    int status = 0;
    if (ptrace(PTRACE_SINGLESTEP, process_, nullptr, nullptr) != 0 ||
        waitpid(process_, &status, 0) != process_ || !WIFSTOPPED(status)) {
      status_ = status;
      return false;
    }
  }
  return true;
}

void dies_after(const std::function<void()>& work) {
  Child([&] {
    work();
    ::kill(getpid(), SIGKILL);
  }).end();
}

}  // namespace minusone
